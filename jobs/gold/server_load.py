"""silver.server_metrics → gold.server_load, one row a server and hour with samples."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.common.means import exact_mean
from jobs.common.windows import WINDOW, in_windows


def server_load(server_metrics: DataFrame) -> DataFrame:
    """Load of each server in each hour, in percent. `load_rank` is its place in that hour, 1 the most loaded: by mean CPU,
    then mean memory, then name, so that no two servers share a place."""
    load = in_windows(server_metrics, "1 hour").groupBy("server", *WINDOW).agg(
        exact_mean(F.col("cpu_pct")).alias("avg_cpu_pct"),
        F.max("cpu_pct").alias("max_cpu_pct"),
        exact_mean(F.col("memory_pct")).alias("avg_memory_pct"),
        F.max("memory_pct").alias("max_memory_pct"),
        F.count("*").alias("samples"),
    )
    in_hour = Window.partitionBy(*WINDOW).orderBy(F.desc("avg_cpu_pct"), F.desc("avg_memory_pct"), F.asc("server"))
    return load.withColumn("load_rank", F.row_number().over(in_hour))
