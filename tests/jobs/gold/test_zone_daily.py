"""gold.zone_daily: a zone's day, and its worst hour."""

from __future__ import annotations

from pyspark.sql import SparkSession

from jobs.gold.zone_daily import zone_daily
from tests.jobs.bronze_rows import DAY
from tests.jobs.rows import rows
from tests.jobs.silver_rows import TRAFFIC, at, silver


def reading(clock: str, speed: float = 50.0, occupancy: float = 50.0, **more: str) -> dict[str, object]:
    return {"event_time": at(clock), "speed_kmh": speed, "occupancy_pct": occupancy, **more}


def test_worst_hour_is_by_the_mean_of_its_windows_and_the_earliest_of_equals(spark: SparkSession) -> None:
    readings = silver(
        spark,
        TRAFFIC,
        reading("07:59:59"),  # 20 points of congestion
        reading("08:00:00", 35.0, 55.0),  # 40, and no more for being there twice
        reading("08:01:00", 35.0, 55.0),
        reading("08:05:00"),  # 20
        reading("09:59:00", 50.0, 75.0),  # 30: as bad as the hour before
        reading("10:00:00", 250.0, 100.0, data_quality="bad"),
        reading("23:00:00", zone="north"),
        reading("11:00:00", zone="south", data_quality="bad"),
    )
    found = zone_daily(readings)
    assert rows(found, "zone", "event_date", "avg_speed_kmh", "avg_congestion_score", "worst_hour", "bad_readings") == [
        ("centre", DAY, 44.0, 27.5, 8, 1),
        ("north", DAY, 50.0, 20.0, 23, 0),
        ("south", DAY, None, None, None, 1),
    ]
