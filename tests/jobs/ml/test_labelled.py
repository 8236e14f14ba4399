"""Which planets the model learns from, and which it is judged by."""

from __future__ import annotations

from datetime import timedelta
from zlib import crc32

from pyspark.sql import SparkSession

from jobs.ml.labelled import labelled_planets
from tests.jobs.bronze_rows import NOON
from tests.jobs.rows import rows
from tests.jobs.silver_rows import PLANETS, silver

TOMORROW = NOON + timedelta(days=1)


def test_planet_counts_once_as_its_newest_description_has_it(spark: SparkSession) -> None:
    planets = silver(
        spark,
        PLANETS,
        {"Name": "Vulcan", "event_time": TOMORROW, "Colonisable": 1, "Gravity": 2.0},
        {"Name": "Vulcan", "Colonisable": 0, "Gravity": 1.0, "Minerals": 5},
    )
    assert rows(labelled_planets(planets), "Name", "Colonisable", "Gravity", "Minerals") == [("Vulcan", 1, 2.0, None)]


def test_planet_whose_newest_description_has_no_label_does_not_count(spark: SparkSession) -> None:
    planets = silver(spark, PLANETS, {"Name": "Vulcan", "Colonisable": 1}, {"Name": "Vulcan", "event_time": TOMORROW})
    assert rows(labelled_planets(planets)) == []


def test_held_out_is_one_in_five_by_name_alone(spark: SparkSession) -> None:
    names = [f"Kepler-{number}b" for number in range(300)]
    planets = silver(spark, PLANETS, *[{"Name": name, "Colonisable": 1, "Minerals": len(name)} for name in names])
    found = dict(rows(labelled_planets(planets), "Name", "_held_out"))
    assert found == {name: crc32(name.encode()) % 5 == 0 for name in names}
    assert 40 <= sum(found.values()) <= 80


def test_rows_come_in_order_in_one_partition(spark: SparkSession) -> None:
    planets = silver(spark, PLANETS, *[{"Name": name, "Colonisable": 1} for name in "ebdca"]).repartition(3)
    found = labelled_planets(planets)
    assert ([row["Name"] for row in found.collect()], found.rdd.getNumPartitions()) == (list("abcde"), 1)
