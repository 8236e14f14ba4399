"""What a session is told about the size of its work."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from jobs.common.session import FEW_ROWS, sized_for

NAME = "spark.sql.shuffle.partitions"


def test_few_rows_are_planned_for_and_the_settings_come_back(spark: SparkSession) -> None:
    before = spark.conf.get(NAME)
    with sized_for(spark, FEW_ROWS):
        within = spark.conf.get(NAME)
    assert (within, spark.conf.get(NAME)) == ("1", before)


def test_settings_come_back_after_a_failure(spark: SparkSession) -> None:
    def fail() -> None:
        with sized_for(spark, 0):
            raise KeyError

    before = spark.conf.get(NAME)
    with pytest.raises(KeyError):
        fail()
    assert spark.conf.get(NAME) == before


def test_many_rows_change_nothing(spark: SparkSession) -> None:
    before = spark.conf.get(NAME)
    with sized_for(spark, FEW_ROWS + 1):
        assert spark.conf.get(NAME) == before
