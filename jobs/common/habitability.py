"""How fit for people a planet is: points for what is known of it, and what they come to."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F


def habitability_score() -> Column:
    """0 to 10 points for a row with the fields of a discovery; bounds are inclusive, a field that is null scores 0."""
    temperature, gravity = F.col("Temperature"), F.col("Gravity")
    return (
        _points(3, F.col("Water_Presence") == 1)
        + F.when(temperature.between(0, 30), 2).when(temperature.between(-20, 50), 1).otherwise(0)
        + F.when(gravity.between(0.8, 1.2), 2).when(gravity.between(0.5, 1.5), 1).otherwise(0)
        + _points(1, F.col("Sunlight_Hours").between(8, 16))
        + _points(1, F.col("Rotation_Time").between(18, 36))
        + _points(1, F.col("Minerals") >= 300)
    )


def colonisation_potential(score: Column) -> Column:
    """low up to 5 points, medium up to 7.5, high above; both bounds belong to the lower one."""
    return F.when(score <= 5, "low").when(score <= 7.5, "medium").otherwise("high")


def _points(points: int, condition: Column) -> Column:
    return F.when(condition, points).otherwise(0)
