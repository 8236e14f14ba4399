"""How well a city moves: one index of speed and occupancy, and its names."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

BAD_READING = "data_quality = 'bad'"


def trusted(name: str) -> Column:
    """The column of a traffic reading for a mean: null where the sensor itself calls the reading bad. A suspect one counts."""
    return F.when(~F.expr(BAD_READING), F.col(name))


def mobility_index(avg_speed_kmh: Column, avg_occupancy_pct: Column) -> Column:
    """0 to 100, null without a speed or an occupancy: 50 km/h on empty roads is 100.

    Rounded to nine decimal places, because 35 km/h at 55 % is 60 and not the 60.00000000000001 of the doubles, which would
    be of the next category.
    """
    index = F.round((avg_speed_kmh / 50 * 0.6 + (100 - avg_occupancy_pct) / 100 * 0.4) * 100, 9)
    # Not least and greatest, which pass over a null.
    return F.when(index < 0, 0.0).when(index > 100, 100.0).otherwise(index)


def mobility_category(index: Column) -> Column:
    """The index in a word, a boundary in the lower category; null without an index."""
    named = F.when(index > 80, "excellent").when(index > 60, "good").when(index > 40, "moderate").when(index > 20, "poor")
    return named.when(index.isNotNull(), "critical")
