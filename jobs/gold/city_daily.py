"""silver.traffic_readings, silver.transport_reports and silver.incidents → gold.city_daily, one row a day with any of them."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.common.means import exact_mean
from jobs.common.mobility import category_of_days
from jobs.gold.incidents_15m import incidents_15m
from jobs.gold.mobility_5m import mobility_5m
from jobs.gold.transport_10m import transport_10m

LEVELS = {"yellow": "yellow_incidents", "orange": "orange_incidents", "red": "red_incidents"}


def city_daily(traffic_readings: DataFrame, transport_reports: DataFrame, incidents: DataFrame) -> DataFrame:
    """A city's day: means over the rows of gold.mobility_5m and of gold.transport_10m (each window, and each line in it, weighs
    the same, however busy it was), the category of the mean index, and incidents by the alert_level of their window.

    A mean is null on a day whose feed is silent, and then the category too; without incidents the counts are 0.
    """
    index = mobility_5m(traffic_readings).groupBy("event_date").agg(exact_mean(F.col("mobility_index")).alias("avg_mobility_index"))
    punctuality = exact_mean(F.col("punctuality_score")).alias("avg_punctuality_score")
    punctual = transport_10m(transport_reports).groupBy("event_date").agg(punctuality)
    counts = [F.sum(F.when(F.col("alert_level") == level, F.col("incident_count"))).alias(name) for level, name in LEVELS.items()]
    alerted = incidents_15m(incidents).groupBy("event_date").agg(*counts)
    days = index.join(punctual, on="event_date", how="full").join(alerted, on="event_date", how="full")
    return days.select(
        "event_date",
        "avg_mobility_index",
        category_of_days(F.col("avg_mobility_index")).alias("category"),
        "avg_punctuality_score",
        *[F.coalesce(F.col(name), F.lit(0)).alias(name) for name in LEVELS.values()],
    )
