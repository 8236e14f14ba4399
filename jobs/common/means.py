"""Means that a rerun, and another order of the rows, give again to the last bit."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

_LARGEST = 1e14


def exact_mean(number: Column) -> Column:
    """The mean, as a double, of the values that are not null; null without any. Values count to the 12th decimal place.

    A sum of doubles depends on their order, and so would a tie between two means: these are summed as decimals. Where a
    value is too large for that, the plain mean stands in.
    """
    large = F.max(F.abs(number)) >= _LARGEST
    total = F.sum(F.when(F.abs(number) < _LARGEST, number).cast("decimal(27,12)"))
    return F.when(large, F.avg(number)).otherwise(total.cast("double") / F.nullif(F.count(number), F.lit(0)))
