"""silver.planet_discoveries → gold.colonisation_summary, one row a potential and day with planets."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.common.means import exact_mean
from jobs.gold.planet_habitability import planet_habitability


def colonisation_summary(planet_discoveries: DataFrame) -> DataFrame:
    """How many planets of each potential each day has, and their mean score. A potential without planets has no row."""
    return planet_habitability(planet_discoveries).groupBy("colonisation_potential", "event_date").agg(
        F.count("*").alias("planet_count"),
        exact_mean(F.col("habitability_score")).alias("mean_score"),
    )
