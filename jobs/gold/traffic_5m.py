"""silver.traffic_readings → gold.traffic_5m, one row a zone and five minutes with readings; live.traffic_5m is the same of what has
arrived."""

from __future__ import annotations

from ibis import Table

from jobs.common.mobility import TRAFFIC, means, mobility_index, mobility_parts
from jobs.common.windows import Fields, Part, WindowTable, distinct, greatest, least, total


def parts(readings: Table) -> dict[str, Part]:
    return {
        **mobility_parts(readings),
        "slowest": least(readings.speed_kmh),
        "fastest": greatest(readings.speed_kmh),
        "flow": total(readings.vehicle_flow),
        "sensors": distinct(readings.sensor_id),
    }


def columns(zone: Table) -> Fields:
    """Traffic of each zone: speeds in km/h, occupancy in percent, vehicle_flow in vehicles, congestion_score 0 to 100.

    Readings that their sensor calls bad are left out of the means, and so of the score: all three are null where every
    reading is bad. They are in the extremes, in the flow and in sensor_count, and bad_readings says how many they are.
    """
    speed, occupancy = means(zone)
    return {
        "avg_speed_kmh": speed,
        "min_speed_kmh": zone.slowest,
        "max_speed_kmh": zone.fastest,
        "vehicle_flow": zone.flow.cast("int64"),
        "avg_occupancy_pct": occupancy,
        "sensor_count": zone.sensors.length().cast("int64"),
        "bad_readings": zone.bad_readings.cast("int64"),
        "congestion_score": 100 - mobility_index(speed, occupancy),
    }


traffic_5m = WindowTable(5, ("zone",), TRAFFIC, parts, columns)
