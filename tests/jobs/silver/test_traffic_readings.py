"""silver.traffic_readings: one row a sensor and time, of every quality."""

from __future__ import annotations

from pyspark.sql import SparkSession

from jobs.silver.traffic_readings import traffic_readings
from tests.jobs.examples import current, example
from tests.jobs.rows import rows


def test_bad_reading_is_kept_and_the_last_state_of_a_reading_wins(spark: SparkSession) -> None:
    first, bad = example("traffic_sensors"), example("traffic_sensors", sensor_id="S2", data_quality="bad")
    corrected = example("traffic_sensors", speed_kmh=30, zone="north")
    found = traffic_readings(current(spark, "traffic_sensors", first, bad, corrected))
    assert rows(found, "sensor_id", "zone", "speed_kmh", "vehicle_flow", "occupancy_pct", "data_quality") == [
        ("S2", "centre", 47.5, 18, 32.1, "bad"),
        ("sensor-017", "north", 30.0, 18, 32.1, "good"),
    ]
