"""silver.application_logs → gold.log_levels, one row a level and day."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def log_levels(application_logs: DataFrame) -> DataFrame:
    """How many log lines of each level each day has. A level without lines has no row."""
    return application_logs.groupBy("level", "event_date").agg(F.count("*").alias("log_count"))
