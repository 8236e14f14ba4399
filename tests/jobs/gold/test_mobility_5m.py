"""gold.mobility_5m: how well the whole city moves, per five minutes."""

from __future__ import annotations

from pyspark.sql import SparkSession

from jobs.gold.mobility_5m import mobility_5m
from tests.jobs.bronze_rows import DAY
from tests.jobs.rows import rows
from tests.jobs.silver_rows import TRAFFIC, at, silver

COLUMNS = ("window_start", "window_end", "event_date", "avg_speed_kmh", "avg_occupancy_pct", "mobility_index", "category", "bad_readings")


def test_each_reading_weighs_the_same_and_bad_ones_nothing(spark: SparkSession) -> None:
    readings = silver(
        spark,
        TRAFFIC,
        {"speed_kmh": 30.0, "occupancy_pct": 60.0},
        {"zone": "north", "speed_kmh": 60.0, "occupancy_pct": 30.0},
        {"zone": "north", "speed_kmh": 60.0, "occupancy_pct": 30.0, "event_time": at("12:04:00")},
        {"zone": "north", "speed_kmh": 0.0, "data_quality": "bad"},
        {"data_quality": "bad", "event_time": at("12:05:00")},
    )
    assert rows(mobility_5m(readings), *COLUMNS) == [
        (at("12:00:00"), at("12:05:00"), DAY, 50.0, 40.0, 84.0, "excellent", 1),
        (at("12:05:00"), at("12:10:00"), DAY, None, None, None, None, 1),
    ]
