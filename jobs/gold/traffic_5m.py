"""silver.traffic_readings → gold.traffic_5m, one row a zone and five minutes with readings."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.common.means import exact_mean
from jobs.common.mobility import BAD_READING, mobility_index, trusted
from jobs.common.windows import WINDOW, in_windows


def traffic_5m(traffic_readings: DataFrame) -> DataFrame:
    """Traffic of each zone: speeds in km/h, occupancy in percent, vehicle_flow in vehicles, congestion_score 0 to 100.

    Readings that their sensor calls bad are left out of the means, and so of the score: all three are null where every
    reading is bad. They are in the extremes, in the flow and in sensor_count, and bad_readings says how many they are.
    """
    speed, occupancy = exact_mean(trusted("speed_kmh")), exact_mean(trusted("occupancy_pct"))
    return in_windows(traffic_readings, "5 minutes").groupBy("zone", *WINDOW).agg(
        speed.alias("avg_speed_kmh"),
        F.min("speed_kmh").alias("min_speed_kmh"),
        F.max("speed_kmh").alias("max_speed_kmh"),
        F.sum("vehicle_flow").alias("vehicle_flow"),
        occupancy.alias("avg_occupancy_pct"),
        F.count_distinct("sensor_id").alias("sensor_count"),
        F.count_if(F.expr(BAD_READING)).alias("bad_readings"),
        (100 - mobility_index(speed, occupancy)).alias("congestion_score"),
    )
