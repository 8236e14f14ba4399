"""Means that do not depend on the order of the rows, and deviations."""

from __future__ import annotations

import random
from math import sqrt

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs.common.means import exact_mean, sample_deviation


@pytest.mark.parametrize(
    ("values", "mean"),
    [([], None), ([None], None), ([1.0, None, 2.0], 1.5), ([0.1, 0.2], 0.15), ([1e300, 3e300], 2e300), ([-1e14, 1e14], 0.0)],
)
def test_mean(spark: SparkSession, values: list[float | None], mean: float | None) -> None:
    frame = spark.createDataFrame([(value,) for value in values], "x double")
    assert frame.select(exact_mean(F.col("x"))).first()[0] == mean


def test_mean_is_the_same_to_the_last_bit_in_any_order(spark: SparkSession) -> None:
    values = [random.Random(7).uniform(0, 100) for _ in range(300)]
    groups = [(group, value) for group in range(10) for value in random.Random(group).sample(values, len(values))]
    frame = spark.createDataFrame(groups, "g int, x double").repartition(3)
    assert frame.groupBy("g").agg(exact_mean(F.col("x")).alias("mean")).select("mean").distinct().count() == 1


def test_equal_means_of_one_and_of_several_values_are_equal_to_the_last_bit(spark: SparkSession) -> None:
    samples = [(value / 100, count) for value in range(1, 10_000, 7) for count in (1, 3, 6, 7)]
    frame = spark.createDataFrame(samples, "x double, n int").withColumn("copy", F.explode(F.sequence(F.lit(1), F.col("n"))))
    found = frame.groupBy("x", "n").agg(exact_mean(F.col("x")).alias("mean"))
    assert found.where("mean != x").count() == 0


def test_sample_deviation(spark: SparkSession) -> None:
    arrays = [([], None), ([7.0], None), ([2.0, 4.0], sqrt(2)), ([0.1, 0.1, 0.1], 0.0), ([1e9 + 1, 1e9 + 2, 1e9 + 3], 1.0)]
    frame = spark.createDataFrame([(place, values) for place, (values, _) in enumerate(arrays)], "place int, x array<double>")
    found = frame.orderBy("place").select(sample_deviation(F.col("x"))).collect()
    assert [row[0] for row in found] == pytest.approx([deviation for _, deviation in arrays])
