"""discoveries in their last state of the day → silver.planet_discoveries, one row a planet and day."""

from __future__ import annotations

from pyspark.sql import DataFrame

from jobs.common.columns import ORIGIN

_MEASURED = ("Num_Moons", "Minerals", "Gravity", "Sunlight_Hours", "Temperature", "Rotation_Time", "Water_Presence", "Colonisable")


def planet_discoveries(current: DataFrame) -> DataFrame:
    """One row for each planet as its last discoverer of the day described it, null where that one measured nothing: an
    earlier description of the day fills no gaps. event_time is when Kafka got it."""
    return current.select("Name", *_MEASURED, *ORIGIN)
