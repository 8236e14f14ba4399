"""silver.planet_discoveries → gold.planet_habitability, one row a planet and day."""

from __future__ import annotations

from pyspark.sql import DataFrame

from jobs.common.habitability import colonisation_potential, habitability_score


def planet_habitability(planet_discoveries: DataFrame) -> DataFrame:
    """How fit for people each planet is, 0 to 10, as its last description of the day has it. The row count stays: a planet
    of which nothing is known but the name scores 0."""
    score = habitability_score()
    return planet_discoveries.select(
        "Name",
        "event_date",
        score.alias("habitability_score"),
        colonisation_potential(score).alias("colonisation_potential"),
    )
