"""gold.planet_habitability: how fit for people each planet of a day is."""

from __future__ import annotations

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs.common.habitability_model import FIELDS, HabitabilityModel
from jobs.gold.planet_habitability import planet_habitability
from tests.jobs.bronze_rows import DAY
from tests.jobs.rows import rows
from tests.jobs.silver_rows import PLANETS, silver

PARADISE = {"Minerals": 420, "Gravity": 1.0, "Sunlight_Hours": 12.0, "Temperature": 15.0, "Rotation_Time": 24.0, "Water_Presence": 1}


def test_score_and_potential_of_each_planet(spark: SparkSession) -> None:
    planets = silver(
        spark,
        PLANETS,
        {"Name": "unknown"},
        {"Name": "mild and wet", "Water_Presence": 1, "Temperature": 20.0},
        {"Name": "mined too", "Water_Presence": 1, "Temperature": 20.0, "Minerals": 300},
        {"Name": "heavy", **PARADISE, "Gravity": 2.0, "Minerals": 0},
        {"Name": "dull", **PARADISE, "Gravity": 2.0},
        {"Name": "paradise", **PARADISE},
    )
    assert rows(planet_habitability(planets), "event_date", "habitability_score", "Name", "colonisation_potential") == [
        (DAY, 0, "unknown", "low"),
        (DAY, 5, "mild and wet", "low"),
        (DAY, 6, "mined too", "medium"),
        (DAY, 7, "heavy", "medium"),
        (DAY, 8, "dull", "high"),
        (DAY, 10, "paradise", "high"),
    ]


def test_planets_are_scored_by_the_model_that_serves_whatever_is_known_of_them(spark: SparkSession) -> None:
    water = FIELDS.index("Water_Presence")
    model = HabitabilityModel("v7", dict.fromkeys(FIELDS, 0.0), [1.0], [[water, 0.5, -50.0, 50.0]])
    planets = silver(spark, PLANETS, {"Name": "dry", "Water_Presence": 0}, {"Name": "unknown"}, {"Name": "wet", "Water_Presence": 1})
    found = planet_habitability(planets, model)
    probability = F.round("predicted_probability", 9).alias("p")
    assert rows(found.select("Name", probability, "model_version")) == [("dry", 0.0, "v7"), ("unknown", 0.0, "v7"), ("wet", 1.0, "v7")]


def test_without_a_model_nothing_is_predicted(spark: SparkSession) -> None:
    found = planet_habitability(silver(spark, PLANETS, {"Name": "Vulcan", **PARADISE}))
    assert rows(found, "predicted_probability", "model_version") == [(None, None)]
    assert dict(found.dtypes)["predicted_probability"] == "double"
