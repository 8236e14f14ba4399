"""Means and deviations that a rerun, and another order of the rows, give again to the last bit."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

_LARGEST = 1e14
_SCALE = 10**12


def exact_mean(number: Column) -> Column:
    """The mean, as a double, of the values that are not null; null without any. Values count to the 12th decimal place.

    A sum of doubles depends on their order, and so would a tie between two means: these are summed as decimals. Where a
    value is too large for that, the plain mean stands in. One division of whole numbers: equal means of one and of three values
    must not differ in the last bit.
    """
    large = F.max(F.abs(number)) >= _LARGEST
    total = F.sum(F.when(F.abs(number) < _LARGEST, number).cast("decimal(27,12)"))
    whole = (total * F.lit(_SCALE).cast("decimal(13,0)")).cast("double")
    return F.when(large, F.avg(number)).otherwise(whole / (F.nullif(F.count(number), F.lit(0)) * F.lit(float(_SCALE))))


def sample_deviation(numbers: Column) -> Column:
    """The sample standard deviation of an array of doubles; null for fewer than two. Numbers are taken in the array's order,
    so a sorted array gives the same again to the last bit. By Welford: returns near 0 must not cancel each other out."""

    def add(state: Column, number: Column) -> Column:
        count = state["count"] + 1.0
        apart = number - state["mean"]
        mean = state["mean"] + apart / count
        squares = state["squares"] + apart * (number - mean)
        return F.struct(count.alias("count"), mean.alias("mean"), squares.alias("squares"))

    nothing = F.struct(*[F.lit(0.0).alias(name) for name in ("count", "mean", "squares")])
    return F.aggregate(numbers, nothing, add, lambda state: F.when(state["count"] > 1, F.sqrt(state["squares"] / (state["count"] - 1))))
