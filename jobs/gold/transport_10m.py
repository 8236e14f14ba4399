"""silver.transport_reports → gold.transport_10m, one row a line and ten minutes with reports."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.common.means import exact_mean
from jobs.common.windows import WINDOW, in_windows

PUNCTUAL_MINUTES = 5


def transport_10m(transport_reports: DataFrame) -> DataFrame:
    """How each line runs: means of delay in minutes (early is negative) and of occupancy in percent; passengers is the sum over
    the reports, so that somebody whose vehicle reports twice counts twice. punctuality_score is the percentage of reports
    that are at most 5 minutes late or early."""
    punctual = F.count_if(F.abs("delay_minutes") <= PUNCTUAL_MINUTES)
    return in_windows(transport_reports, "10 minutes").groupBy("line", *WINDOW).agg(
        exact_mean(F.col("delay_minutes")).alias("avg_delay_minutes"),
        exact_mean(F.col("occupancy_pct")).alias("avg_occupancy_pct"),
        F.count_distinct("vehicle_id").alias("active_vehicles"),
        F.sum("passengers").alias("passengers"),
        F.count("*").alias("reports"),
        (punctual * 100 / F.count("*")).alias("punctuality_score"),
    )
