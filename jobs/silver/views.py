"""valid views → silver.views, one row a view."""

from __future__ import annotations

from pyspark.sql import DataFrame

from jobs.common.columns import ORIGIN


def views(current: DataFrame) -> DataFrame:
    """One row for each view, however often it was delivered; view_duration in seconds."""
    return current.select("event_type", "user_id", "item_id", "view_duration", "device_type", *ORIGIN)
