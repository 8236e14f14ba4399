"""Points of a planet, and what they come to."""

from __future__ import annotations

from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs.common.habitability import colonisation_potential, habitability_score
from tests.jobs.rows import rows
from tests.jobs.silver_rows import PLANETS, silver

POINTS: dict[str, dict[Any, int]] = {
    "Water_Presence": {None: 0, 0: 0, 1: 3},
    "Temperature": {None: 0, -20.01: 0, -20.0: 1, -0.01: 1, 0.0: 2, 30.0: 2, 30.01: 1, 50.0: 1, 50.01: 0},
    "Gravity": {None: 0, 0.49: 0, 0.5: 1, 0.79: 1, 0.8: 2, 1.2: 2, 1.21: 1, 1.5: 1, 1.51: 0},
    "Sunlight_Hours": {None: 0, 7.99: 0, 8.0: 1, 16.0: 1, 16.01: 0},
    "Rotation_Time": {None: 0, 17.99: 0, 18.0: 1, 36.0: 1, 36.01: 0},
    "Minerals": {None: 0, 299: 0, 300: 1},
}


def test_each_field_scores_by_itself_and_its_bounds_are_within(spark: SparkSession) -> None:
    cases = [(field, value, points) for field, values in POINTS.items() for value, points in values.items()]
    planets = silver(spark, PLANETS, *[{field: value, "Name": f"{field} {value}"} for field, value, _ in cases])
    expected = sorted((f"{field} {value}", points) for field, value, points in cases)
    assert rows(planets.select("Name", habitability_score())) == expected


def test_potential_at_a_bound_is_the_lower_one(spark: SparkSession) -> None:
    scores = spark.createDataFrame([(score,) for score in (0.0, 5.0, 5.01, 7.5, 7.51, 10.0)], "score double")
    assert rows(scores.select("score", colonisation_potential(F.col("score")))) == [
        (0.0, "low"),
        (5.0, "low"),
        (5.01, "medium"),
        (7.5, "medium"),
        (7.51, "high"),
        (10.0, "high"),
    ]
