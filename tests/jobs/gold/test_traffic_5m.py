"""gold.traffic_5m: traffic per zone and five minutes."""

from __future__ import annotations

from datetime import timedelta

from pyspark.sql import SparkSession

from jobs.gold.traffic_5m import traffic_5m
from tests.jobs.bronze_rows import DAY
from tests.jobs.rows import rows
from tests.jobs.silver_rows import TRAFFIC, at, silver

SPEEDS = ("avg_speed_kmh", "min_speed_kmh", "max_speed_kmh")
FIGURES = (*SPEEDS, "vehicle_flow", "avg_occupancy_pct", "sensor_count", "bad_readings", "congestion_score")


def test_bad_readings_are_counted_and_left_out_of_means(spark: SparkSession) -> None:
    readings = silver(
        spark,
        TRAFFIC,
        {"speed_kmh": 40.0, "occupancy_pct": 20.0},
        {"speed_kmh": 60.0, "occupancy_pct": 40.0, "vehicle_flow": 20, "data_quality": "suspect", "event_time": at("12:04:59.999999")},
        {"speed_kmh": 250.0, "occupancy_pct": 90.0, "vehicle_flow": 5, "data_quality": "bad", "sensor_id": "S2"},
        {"event_time": at("12:05:00")},
        {"zone": "fast", "speed_kmh": 120.0, "occupancy_pct": 0.0},
        {"zone": "north", "data_quality": "bad"},
        {"zone": "jam", "speed_kmh": 0.0, "occupancy_pct": 100.0, "vehicle_flow": 0},
    )
    assert rows(traffic_5m(readings), "zone", "window_start", *FIGURES) == [
        ("centre", at("12:00:00"), 50.0, 40.0, 250.0, 35, 30.0, 2, 1, 12.0),
        ("centre", at("12:05:00"), 50.0, 50.0, 50.0, 10, 50.0, 1, 0, 20.0),
        ("fast", at("12:00:00"), 120.0, 120.0, 120.0, 10, 0.0, 1, 0, 0.0),
        ("jam", at("12:00:00"), 0.0, 0.0, 0.0, 0, 100.0, 1, 0, 100.0),
        ("north", at("12:00:00"), None, 50.0, 50.0, 10, None, 1, 1, None),
    ]


def test_last_window_of_a_day_is_that_day_s(spark: SparkSession) -> None:
    found = traffic_5m(silver(spark, TRAFFIC, {"event_time": at("23:59:59")}))
    assert rows(found, "window_start", "window_end", "event_date") == [(at("23:55:00"), at("00:00:00", DAY + timedelta(days=1)), DAY)]
