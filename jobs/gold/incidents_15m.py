"""silver.incidents → gold.incidents_15m, one row a zone, severity and quarter of an hour with incidents."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.common.windows import WINDOW, in_windows

RAISED_FROM = 5


def incidents_15m(incidents: DataFrame) -> DataFrame:
    """How many incidents of each severity each zone has. alert_level: critical is red, high orange, others yellow; five or more
    of one severity raise it by one level, and red stays red."""
    counted = in_windows(incidents, "15 minutes").groupBy("zone", "severity", *WINDOW).agg(F.count("*").alias("incident_count"))
    raised, high, critical = F.col("incident_count") >= RAISED_FROM, F.col("severity") == "high", F.col("severity") == "critical"
    level = F.when(critical | (high & raised), "red").when(high | raised, "orange").otherwise("yellow")
    return counted.withColumn("alert_level", level)
