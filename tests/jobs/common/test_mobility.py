"""The mobility index and its categories."""

from __future__ import annotations

import ibis
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs.common.mobility import category_of_days, mobility_category, mobility_index, trusted
from tests.jobs.rows import rows
from tests.jobs.silver_rows import TRAFFIC, silver

# Mean speed, mean occupancy, index, category: on each boundary, and just above it.
INDEXED = [
    (50.0, 0.0, 100.0, "excellent"),
    (90.0, 0.0, 100.0, "excellent"),
    (50.0, 49.9, 80.04, "excellent"),
    (50.0, 50.0, 80.0, "good"),
    (35.0, 54.9, 60.04, "good"),
    (35.0, 55.0, 60.0, "moderate"),
    (20.0, 59.9, 40.04, "moderate"),
    (20.0, 60.0, 40.0, "poor"),
    (0.0, 49.9, 20.04, "poor"),
    (0.0, 50.0, 20.0, "critical"),
    (0.0, 100.0, 0.0, "critical"),
    (0.0, 110.0, 0.0, "critical"),
    (None, 50.0, None, None),
    (50.0, None, None, None),
]


def test_index_is_held_to_its_range_and_a_boundary_belongs_to_the_lower_category() -> None:
    schema = {"speed": "float64", "occupancy": "float64"}
    means = ibis.memtable([(speed, occupancy) for speed, occupancy, _, _ in INDEXED], schema=schema)
    index = mobility_index(means.speed, means.occupancy)
    found = means.select("speed", "occupancy", index=index, category=mobility_category(index)).to_pyarrow()
    assert [tuple(row.values()) for row in found.to_pylist()] == INDEXED


def test_category_of_a_day_is_that_of_its_index(spark: SparkSession) -> None:
    days = spark.createDataFrame([(index, category) for _, _, index, category in INDEXED], "index double, category string")
    assert days.where(~category_of_days(F.col("index")).eqNullSafe(F.col("category"))).collect() == []


def test_suspect_reading_is_trusted_and_a_bad_one_is_not(spark: SparkSession) -> None:
    readings = silver(spark, TRAFFIC, *[{"data_quality": quality} for quality in ("good", "suspect", "bad")])
    assert rows(readings.select("data_quality", trusted("speed_kmh"))) == [("bad", None), ("good", 50.0), ("suspect", 50.0)]
