"""valid readings of road sensors → silver.traffic_readings, one row a sensor and time."""

from __future__ import annotations

from pyspark.sql import DataFrame

from jobs.common.columns import ORIGIN


def traffic_readings(current: DataFrame) -> DataFrame:
    """One row for each reading, of every data_quality: who computes a mean leaves the bad ones out (jobs/common/mobility.py)."""
    return current.select("sensor_id", "zone", "speed_kmh", "vehicle_flow", "occupancy_pct", "data_quality", *ORIGIN)
