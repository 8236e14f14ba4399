"""silver.traffic_readings → gold.mobility_5m, one row for the city and five minutes with readings."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.common.means import exact_mean
from jobs.common.mobility import BAD_READING, mobility_category, mobility_index, trusted
from jobs.common.windows import WINDOW, in_windows


def mobility_5m(traffic_readings: DataFrame) -> DataFrame:
    """How well the city moves: mean speed in km/h and mean occupancy in percent over all readings of all zones that are not
    bad, each reading weighing the same; their mobility_index, 0 to 100, and its category. All four are null where every
    reading is bad; bad_readings says how many are."""
    means = in_windows(traffic_readings, "5 minutes").groupBy(*WINDOW).agg(
        exact_mean(trusted("speed_kmh")).alias("avg_speed_kmh"),
        exact_mean(trusted("occupancy_pct")).alias("avg_occupancy_pct"),
        F.count_if(F.expr(BAD_READING)).alias("bad_readings"),
    )
    indexed = means.withColumn("mobility_index", mobility_index(F.col("avg_speed_kmh"), F.col("avg_occupancy_pct")))
    return indexed.withColumn("category", mobility_category(F.col("mobility_index")))
