"""silver.planet_discoveries: one row a planet and day, as it was described last."""

from __future__ import annotations

from pyspark.sql import SparkSession

from jobs.silver.planet_discoveries import planet_discoveries
from tests.jobs.bronze_rows import NOON
from tests.jobs.examples import current, example
from tests.jobs.rows import rows


def test_last_description_of_a_planet_wins_as_a_whole(spark: SparkSession) -> None:
    again, other = {"Name": "Kepler-442b", "Gravity": 1}, {"Name": "Vulcan"}
    described = current(spark, "planet_discoveries", example("planet_discoveries"), again, other)
    columns = ("Name", "Gravity", "Minerals", "Colonisable", "event_time", "_offset")
    assert rows(planet_discoveries(described), *columns) == [
        ("Kepler-442b", 1.0, None, None, NOON, 1),
        ("Vulcan", None, None, None, NOON, 2),
    ]
