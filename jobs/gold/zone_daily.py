"""silver.traffic_readings → gold.zone_daily, one row a zone and day with readings."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.common.means import exact_mean
from jobs.common.mobility import BAD_READING, trusted
from jobs.gold.traffic_5m import traffic_5m

ZONE_DAY = ("zone", "event_date")


def zone_daily(traffic_readings: DataFrame) -> DataFrame:
    """A zone's day: mean speed in km/h over its readings that are not bad; mean congestion over its windows of
    gold.traffic_5m; and worst_hour, 0 to 23 in UTC, the one whose windows have the highest mean congestion, the earliest
    of several. All are null where every reading of the day is bad; bad_readings says how many are."""
    speed = traffic_readings.groupBy(*ZONE_DAY).agg(
        exact_mean(trusted("speed_kmh")).alias("avg_speed_kmh"),
        F.count_if(F.expr(BAD_READING)).alias("bad_readings"),
    )
    congestion = exact_mean(F.col("congestion_score"))
    windows = traffic_5m(traffic_readings)
    whole_day = windows.groupBy(*ZONE_DAY).agg(congestion.alias("avg_congestion_score"))
    # Rounded, since hours with more and with fewer windows divide to doubles that differ in the last bit.
    hours = windows.groupBy(*ZONE_DAY, F.hour("window_start").alias("_hour")).agg(F.round(congestion, 9).alias("_congestion"))
    earliest_worst = F.when(F.col("_congestion").isNotNull(), F.struct("_congestion", -F.col("_hour")))
    worst = hours.groupBy(*ZONE_DAY).agg(F.max_by("_hour", earliest_worst).alias("worst_hour"))
    return (
        speed.join(whole_day, on=[*ZONE_DAY], how="inner")
        .join(worst, on=[*ZONE_DAY], how="inner")
        .select(*ZONE_DAY, "avg_speed_kmh", "avg_congestion_score", "worst_hour", "bad_readings")
    )
