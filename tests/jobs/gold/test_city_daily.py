"""gold.city_daily: a city's day in one row."""

from __future__ import annotations

from datetime import timedelta

from pyspark.sql import SparkSession

from jobs.gold.city_daily import city_daily
from tests.jobs.bronze_rows import DAY, NOON
from tests.jobs.rows import rows
from tests.jobs.silver_rows import INCIDENTS, TRAFFIC, TRANSPORT, at, silver

ONE_DAY, TWO_DAYS = timedelta(days=1), timedelta(days=2)
LEVELS = ("yellow_incidents", "orange_incidents", "red_incidents")


def test_means_are_of_windows_and_silent_feeds_leave_nulls_and_zeros(spark: SparkSession) -> None:
    moving, slower = {"event_time": at("12:05:00")}, {"speed_kmh": 35.0, "occupancy_pct": 55.0}  # indices 80 and 60
    readings = silver(spark, TRAFFIC, moving, slower, slower, slower, {"data_quality": "bad", "event_time": NOON + TWO_DAYS})
    reports = silver(spark, TRANSPORT, {}, {"line": "T2"}, {"line": "T2", "delay_minutes": 10.0})  # 100 and 50 %
    low, critical = [{"zone": "a"}] * 5, {"severity": "critical"}
    happened = silver(spark, INCIDENTS, *low, {"zone": "b"}, critical, {"event_time": NOON + ONE_DAY})
    found = city_daily(readings, reports, happened)
    assert rows(found, "event_date", "avg_mobility_index", "category", "avg_punctuality_score", *LEVELS) == [
        (DAY, 70.0, "good", 75.0, 1, 5, 1),
        (DAY + ONE_DAY, None, None, None, 1, 0, 0),
        (DAY + TWO_DAYS, None, None, None, 0, 0, 0),
    ]
