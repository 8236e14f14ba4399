"""Reading and replacing days of Delta tables by path."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from deltalake import DeltaTable
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from include.delta_log import rows_by_day, version
from include.settings import LakeSettings
from jobs.common.columns import BRONZE_SCHEMA
from jobs.common.tables import create, insert_new, is_settled_empty, read_bronze, read_day, replace_day, write_day
from tests.jobs.bronze_rows import DAY, append, bronze_rows
from tests.jobs.commerce import METRICS, sample
from tests.jobs.rows import rows

pytestmark = pytest.mark.batch

NEXT = DAY + timedelta(days=1)
ADDRESS = "silver.numbers"


def numbers(spark: SparkSession, *values: int, day: date = DAY) -> DataFrame:
    return spark.createDataFrame([(value, day) for value in values], "n int, event_date date")


def test_day_is_replaced_and_no_other(spark: SparkSession, lake: LakeSettings) -> None:
    write_day(numbers(spark, 1, 2), 2, lake, ADDRESS, DAY)
    write_day(numbers(spark, 9, day=NEXT), 1, lake, ADDRESS, NEXT)
    write_day(numbers(spark, 3), 1, lake, ADDRESS, DAY)
    assert [rows(read_day(spark, lake, ADDRESS, day), "n") for day in (DAY, NEXT)] == [[(3,)], [(9,)]]


def test_table_is_made_for_a_day_without_rows(spark: SparkSession, lake: LakeSettings) -> None:
    write_day(numbers(spark), 0, lake, ADDRESS, DAY)
    assert rows(read_day(spark, lake, ADDRESS, DAY)) == []
    assert DeltaTable(lake.table_uri(ADDRESS)).metadata().partition_columns == ["event_date"]


def test_day_whose_rows_went_away_is_emptied(spark: SparkSession, lake: LakeSettings) -> None:
    write_day(numbers(spark, 1), 1, lake, ADDRESS, DAY)
    write_day(numbers(spark), 0, lake, ADDRESS, DAY)
    assert rows_by_day(lake, ADDRESS).get(DAY, 0) == 0


def test_nothing_is_written_where_nothing_changes(spark: SparkSession, lake: LakeSettings) -> None:
    write_day(numbers(spark), 0, lake, ADDRESS, DAY)
    before = version(lake, ADDRESS)
    write_day(numbers(spark), 0, lake, ADDRESS, DAY)
    assert version(lake, ADDRESS) == before


def test_settled_empty_is_a_table_without_rows_of_the_day(spark: SparkSession, lake: LakeSettings) -> None:
    before = is_settled_empty(lake, ADDRESS, DAY)
    write_day(numbers(spark, 1), 1, lake, ADDRESS, DAY)
    assert [before, is_settled_empty(lake, ADDRESS, DAY), is_settled_empty(lake, ADDRESS, NEXT)] == [False, False, True]


def test_row_of_another_day_is_refused(spark: SparkSession, lake: LakeSettings) -> None:
    create(lake, ADDRESS, numbers(spark).schema)
    with pytest.raises(PySparkException, match="DELTA_REPLACE_WHERE_MISMATCH"):
        replace_day(numbers(spark, 1, day=NEXT), lake, ADDRESS, DAY)


def test_days_are_replaced_at_the_same_time(spark: SparkSession, lake: LakeSettings) -> None:
    days = [DAY + timedelta(days=number) for number in range(4)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda day: write_day(numbers(spark, day.day, day=day), 1, lake, ADDRESS, day), days))
    assert rows_by_day(lake, ADDRESS) == dict.fromkeys(days, 1)


def test_bronze_is_read_as_of_a_version(spark: SparkSession, lake: LakeSettings) -> None:
    append(lake, METRICS, bronze_rows([sample()]))
    pinned = version(lake, METRICS.bronze)
    append(lake, METRICS, bronze_rows([sample(), sample()]))
    assert read_bronze(spark, lake, METRICS.feed, DAY, pinned).count() == 1


def test_bronze_that_is_not_there_yet_has_no_rows(spark: SparkSession, lake: LakeSettings) -> None:
    nothing = read_bronze(spark, lake, METRICS.feed, DAY, None)
    assert (nothing.count(), nothing.schema) == (0, spark.createDataFrame([], BRONZE_SCHEMA).schema)


def with_halves(spark: SparkSession, *values: int, day: date = DAY) -> DataFrame:
    return numbers(spark, *values, day=day).selectExpr("n", "event_date", "n / 2D AS half")


def test_table_of_an_earlier_version_gets_its_new_columns_once_with_nulls(spark: SparkSession, lake: LakeSettings) -> None:
    create(lake, ADDRESS, numbers(spark).schema)
    replace_day(numbers(spark, 1), lake, ADDRESS, DAY)
    for _ in range(2):
        write_day(with_halves(spark, 3, day=NEXT), 1, lake, ADDRESS, NEXT)
    found = [rows(read_day(spark, lake, ADDRESS, day), "n", "half") for day in (DAY, NEXT)]
    assert (found, version(lake, ADDRESS)) == ([[(1, None)], [(3, 1.5)]], 4)  # made, written, grown, written twice


def test_days_that_are_built_at_the_same_time_add_the_columns_once(spark: SparkSession, lake: LakeSettings) -> None:
    create(lake, ADDRESS, numbers(spark).schema)
    days = [DAY + timedelta(days=number) for number in range(3)]
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda day: write_day(with_halves(spark, 2, day=day), 1, lake, ADDRESS, day), days))
    assert rows_by_day(lake, ADDRESS) == dict.fromkeys(days, 1)
    assert [field.name for field in DeltaTable(lake.table_uri(ADDRESS)).schema().fields] == ["n", "event_date", "half"]


def with_parts(spark: SparkSession, kind: str, *part: object, day: date = DAY) -> DataFrame:
    return spark.createDataFrame([(1, day, [part])], f"n int, event_date date, parts array<struct<{kind}>>")


def test_array_of_an_earlier_version_gets_the_further_fields_of_its_elements_wherever_they_stand(
    spark: SparkSession, lake: LakeSettings
) -> None:
    write_day(with_parts(spark, "a:int,b:int", 1, 2), 1, lake, ADDRESS, DAY)
    for _ in range(2):
        write_day(with_parts(spark, "a:int,c:string,b:int", 3, "red", 4, day=NEXT), 1, lake, ADDRESS, NEXT)
    found = [rows(read_day(spark, lake, ADDRESS, day).selectExpr("n", "inline(parts)"), "a", "b", "c") for day in (DAY, NEXT)]
    assert (found, version(lake, ADDRESS)) == ([[(1, 2, None)], [(3, 4, "red")]], 4)  # made, written, grown, written twice


def test_day_of_an_earlier_version_is_written_into_an_array_with_further_fields(spark: SparkSession, lake: LakeSettings) -> None:
    write_day(with_parts(spark, "a:int,b:int", 1, 2), 1, lake, ADDRESS, DAY)
    write_day(with_parts(spark, "a:int", 3), 1, lake, ADDRESS, DAY)
    assert rows(read_day(spark, lake, ADDRESS, DAY).selectExpr("inline(parts)"), "a", "b") == [(3, None)]


def test_row_is_added_once_for_its_key(spark: SparkSession, lake: LakeSettings) -> None:
    create(lake, ADDRESS, numbers(spark).schema)
    for day in (DAY, NEXT):
        insert_new(numbers(spark, 1, day=day), lake, ADDRESS, "n")
    assert rows_by_day(lake, ADDRESS) == {DAY: 1}
