"""valid clicks → silver.clicks, one row a click."""

from __future__ import annotations

from pyspark.sql import DataFrame

from jobs.common.columns import ORIGIN


def clicks(current: DataFrame) -> DataFrame:
    """One row for each click, however often it was delivered; click_duration in seconds."""
    return current.select("event_type", "user_id", "item_id", "page_url", "click_duration", *ORIGIN)
