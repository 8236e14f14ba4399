"""silver.server_metrics → gold.server_load, one row a server and hour with samples."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.common.load import load
from jobs.common.windows import WINDOW

hourly = load(minutes=60)


def server_load(server_metrics: DataFrame) -> DataFrame:
    """Load of each server in each hour, in percent. `load_rank` is its place in that hour, 1 the most loaded: by mean CPU,
    then mean memory, then name, so that no two servers share a place."""
    in_hour = Window.partitionBy(*WINDOW).orderBy(F.desc("avg_cpu_pct"), F.desc("avg_memory_pct"), F.asc("server"))
    return hourly(server_metrics).withColumn("load_rank", F.row_number().over(in_hour))
