"""silver.application_logs → gold.module_durations, one row a module and day."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.common.means import exact_mean


def module_durations(application_logs: DataFrame) -> DataFrame:
    """How long each module's calls took on each day, in milliseconds, over the lines that say a duration: mean, and exact
    percentiles with linear interpolation, null where none says one. `error_share` is that of all lines, 0–1."""
    failed = F.col("level").isin("ERROR", "CRITICAL")
    return application_logs.groupBy("module", "event_date").agg(
        F.count("*").alias("log_count"),
        exact_mean(F.col("duration_ms")).alias("avg_duration_ms"),
        F.percentile("duration_ms", 0.5).alias("p50_duration_ms"),
        F.percentile("duration_ms", 0.95).alias("p95_duration_ms"),
        (F.count_if(failed) / F.count("*")).alias("error_share"),
    )
