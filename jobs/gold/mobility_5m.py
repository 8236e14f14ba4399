"""silver.traffic_readings → gold.mobility_5m, one row for the city and five minutes with readings; live.mobility_5m is the same of what
has arrived."""

from __future__ import annotations

from ibis import Table

from jobs.common.mobility import TRAFFIC, means, mobility_category, mobility_index, mobility_parts
from jobs.common.windows import Fields, WindowTable


def columns(city: Table) -> Fields:
    """How well the city moves: mean speed in km/h and mean occupancy in percent over all readings of all zones that are not
    bad, each reading weighing the same; their mobility_index, 0 to 100, and its category. All four are null where every
    reading is bad; bad_readings says how many are."""
    speed, occupancy = means(city)
    index = mobility_index(speed, occupancy)
    return {
        "avg_speed_kmh": speed,
        "avg_occupancy_pct": occupancy,
        "bad_readings": city.bad_readings.cast("int64"),
        "mobility_index": index,
        "category": mobility_category(index),
    }


mobility_5m = WindowTable(5, (), TRAFFIC, mobility_parts, columns)
