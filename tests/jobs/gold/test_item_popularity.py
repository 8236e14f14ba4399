"""gold.item_popularity: what each item got of its visitors."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pyspark.sql import SparkSession

from jobs.gold.item_popularity import item_popularity
from tests.jobs.bronze_rows import DAY, NOON
from tests.jobs.rows import rows
from tests.jobs.silver_rows import CLICKS, RATINGS, VIEWS, silver

TOMORROW = NOON + timedelta(days=1)
SECONDS = ("avg_click_seconds", "avg_view_seconds")
COLUMNS = ("event_date", "item_id", "clicks", "views", "click_through", "users", *SECONDS, "rating_count", "avg_rating", "weighted_rating")


def test_counts_means_and_weighted_ratings(spark: SparkSession) -> None:
    clicks = silver(spark, CLICKS, {}, {"user_id": 2, "click_duration": 2.0}, {"click_duration": 3.0})
    views = silver(
        spark,
        VIEWS,
        {"view_duration": 10.0},
        {"user_id": 3, "view_duration": 20.0},
        {"item_id": 3, "view_duration": 0.0},
        {"event_time": TOMORROW},
    )
    ratings = silver(spark, RATINGS, {"rating": 5, "user_id": 4}, {"rating": 4}, {"rating": 1, "item_id": 2})
    mean = 10 / 3  # of all ratings of the day, not of the items' means
    expected = [
        (DAY, 1, 3, 2, 1.5, 4, 2.0, 15.0, 2, 4.5, (10 * mean + 9) / 12),
        (DAY, 2, 0, 0, None, 1, None, None, 1, 1.0, (10 * mean + 1) / 11),
        (DAY, 3, 0, 1, 0.0, 1, None, 0.0, 0, None, mean),
        (TOMORROW.date(), 1, 0, 1, 0.0, 1, None, 1.0, 0, None, None),
    ]
    found = rows(item_popularity(clicks, views, ratings), *COLUMNS)
    assert [row[:-1] for row in found] == [row[:-1] for row in expected]
    assert [row[-1] for row in found] == pytest.approx([row[-1] for row in expected])
