"""valid ratings → silver.ratings, one row a rating."""

from __future__ import annotations

from pyspark.sql import DataFrame

from jobs.common.columns import ORIGIN


def ratings(current: DataFrame) -> DataFrame:
    """One row for each rating, however often it was delivered. A user who rates an item again gives a further rating."""
    return current.select("event_type", "user_id", "item_id", "rating", "review_text", *ORIGIN)
