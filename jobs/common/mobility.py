"""How well a city moves: one index of speed and occupancy, and its names; and what of traffic readings it needs.

Given Ibis's values it runs where windows run, on DuckDB and Spark; the category also comes as a Spark column, for means of days.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import Table
from pyspark.sql import Column
from pyspark.sql import functions as F

from jobs.common.windows import Part, count, exact, mean, rounded, total

BAD_READING = "data_quality = 'bad'"
TRAFFIC = {
    "zone": "string",
    "sensor_id": "string",
    "speed_kmh": "float64",
    "vehicle_flow": "int32",
    "occupancy_pct": "float64",
    "data_quality": "string",
}
CATEGORIES = {"excellent": 80, "good": 60, "moderate": 40, "poor": 20}  # above so much; a boundary is of the lower one
LOWEST = "critical"


def trusted(name: str) -> Column:
    """The column of a traffic reading for a mean: null where the sensor itself calls the reading bad. A suspect one counts."""
    return F.when(~F.expr(BAD_READING), F.col(name))


def mobility_parts(readings: Table) -> dict[str, Part]:
    """What speed, occupancy and index are computed from."""
    good = readings.data_quality != "bad"
    return {
        "speed": total(exact(good.ifelse(readings.speed_kmh, ibis.null("float64")))),
        "occupancy": total(exact(good.ifelse(readings.occupancy_pct, ibis.null("float64")))),
        "speeds": count(good & readings.speed_kmh.notnull()),
        "occupancies": count(good & readings.occupancy_pct.notnull()),
        "bad_readings": count(~good),
    }


def means(parts: Table) -> tuple[ir.Value, ir.Value]:
    """Mean speed in km/h and mean occupancy in percent, over the readings that are not bad."""
    return mean(parts.speed, parts.speeds), mean(parts.occupancy, parts.occupancies)


def mobility_index(avg_speed_kmh: ir.Value, avg_occupancy_pct: ir.Value) -> ir.Value:
    """0 to 100, null without a speed or an occupancy: 50 km/h on empty roads is 100.

    Rounded to nine decimal places, because 35 km/h at 55 % is 60 and not the 60.00000000000001 of the doubles, which would
    be of the next category.
    """
    index = rounded((avg_speed_kmh / 50 * 0.6 + (100 - avg_occupancy_pct) / 100 * 0.4) * 100)
    return ibis.cases((index < 0, 0.0), (index > 100, 100.0), else_=index)


def mobility_category(index: ir.Value) -> ir.Value:
    """The index in a word, a boundary in the lower category; null without an index."""
    named = [(index > bound, name) for name, bound in CATEGORIES.items()]
    return ibis.cases(*named, (index.notnull(), LOWEST), else_=ibis.null("string"))


def category_of_days(index: Column) -> Column:
    """The same of a Spark column."""
    named = F.when(index.isNotNull(), LOWEST)
    for name, bound in reversed(CATEGORIES.items()):
        named = F.when(index > bound, name).otherwise(named)
    return named
