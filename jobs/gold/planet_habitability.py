"""silver.planet_discoveries → gold.planet_habitability, one row a planet and day."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.common.habitability import colonisation_potential, habitability_score
from jobs.common.habitability_model import HabitabilityModel


def planet_habitability(planet_discoveries: DataFrame, model: HabitabilityModel | None = None) -> DataFrame:
    """How fit for people each planet is, 0 to 10, as its last description of the day has it. The row count stays: a planet
    of which nothing is known but the name scores 0.

    predicted_probability, 0 to 1, is what the model makes of its fields, known or not, and model_version says which model;
    both are null without one.
    """
    score = habitability_score()
    return planet_discoveries.select(
        "Name",
        "event_date",
        score.alias("habitability_score"),
        colonisation_potential(score).alias("colonisation_potential"),
        (model.probability() if model else F.lit(None).cast("double")).alias("predicted_probability"),
        F.lit(model.version if model else None).cast("string").alias("model_version"),
    )
