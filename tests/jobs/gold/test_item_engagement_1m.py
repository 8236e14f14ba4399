"""gold.item_engagement_1m: clicks and views per item and minute."""

from __future__ import annotations

from pyspark.sql import SparkSession

from jobs.gold.item_engagement_1m import item_engagement_1m
from tests.jobs.bronze_rows import DAY
from tests.jobs.rows import rows
from tests.jobs.silver_rows import CLICKS, VIEWS, at, silver


def test_item_that_was_only_viewed_has_no_clicks(spark: SparkSession) -> None:
    clicks = silver(spark, CLICKS, {}, {"event_time": at("12:00:59.999999")})
    views = silver(spark, VIEWS, {"event_time": at("12:00:30")}, {"event_time": at("12:01:00")}, {"item_id": 2})
    assert rows(item_engagement_1m(clicks, views), "item_id", "window_start", "window_end", "event_date", "clicks", "views") == [
        (1, at("12:00:00"), at("12:01:00"), DAY, 2, 1),
        (1, at("12:01:00"), at("12:02:00"), DAY, 0, 1),
        (2, at("12:00:00"), at("12:01:00"), DAY, 0, 1),
    ]
