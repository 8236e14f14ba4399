"""silver.clicks and silver.views → gold.item_engagement_1m, one row an item and minute with either."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.common.windows import WINDOW, in_windows

_KEPT = ("item_id", "event_type", "event_time", "event_date")


def item_engagement_1m(clicks: DataFrame, views: DataFrame) -> DataFrame:
    """How often each item was clicked and viewed in each minute; 0 of the one where there was only the other."""
    events = clicks.select(*_KEPT).unionByName(views.select(*_KEPT))
    return in_windows(events, "1 minute").groupBy("item_id", *WINDOW).agg(
        F.count_if(F.col("event_type") == "click").alias("clicks"),
        F.count_if(F.col("event_type") == "view").alias("views"),
    )
