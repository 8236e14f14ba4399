"""How two versions of a day differ, by the table's key."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from jobs.maintain.difference import Difference, differences

SCHEMA = "id int, part int, value double, tags array<string>"
Row = tuple[int | None, int | None, float | None, list[str] | None]
ONE: Row = (1, 1, 1.0, ["a"])


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ([ONE], [ONE], Difference()),
        ([], [ONE], Difference(added=1)),
        ([ONE], [], Difference(removed=1)),
        ([ONE], [(1, 1, 2.0, ["a"])], Difference(changed=1)),
        ([ONE], [(1, 1, 1.0, None)], Difference(changed=1)),
        ([(1, 1, None, None)], [(1, 1, None, None)], Difference()),
        ([(1, 1, float("nan"), None)], [(1, 1, float("nan"), None)], Difference()),
        ([ONE], [(1, 2, 1.0, ["a"])], Difference(added=1, removed=1)),
        ([(None, 1, 1.0, None)], [(None, 1, 2.0, None)], Difference(changed=1)),
        ([ONE, ONE], [ONE], Difference(removed=1, changed=1)),
        ([ONE, (2, 1, 1.0, None)], [(2, 1, 3.0, None), (3, 1, 1.0, None)], Difference(1, 1, 1)),
    ],
)
def test_rows_are_counted_by_their_key(spark: SparkSession, before: list[Row], after: list[Row], found: Difference) -> None:
    frames = [spark.createDataFrame(rows, SCHEMA) for rows in (before, after)]
    assert differences(*frames, key=("id", "part")) == found


def test_without_a_key_a_row_that_changes_is_one_that_went_and_one_that_came(spark: SparkSession) -> None:
    before, after = (spark.createDataFrame([(1, 1, value, None)], SCHEMA) for value in (1.0, 2.0))
    assert differences(before, after, key=None) == Difference(added=1, removed=1)


def test_of_an_empty_key_there_is_one_row(spark: SparkSession) -> None:
    before, after = (spark.createDataFrame([(1, 1, value, None)], SCHEMA) for value in (1.0, 2.0))
    assert differences(before, after, key=()) == Difference(changed=1)
    assert differences(before.limit(0), after.limit(0), key=()) == Difference()


def test_column_that_one_side_lacks_is_null_there(spark: SparkSession) -> None:
    before = spark.createDataFrame([(1, 1), (2, 1)], "id int, part int")
    after = spark.createDataFrame([(1, 1, None, None), (2, 1, 1.0, None)], SCHEMA)
    assert differences(before, after, key=("id", "part")) == Difference(changed=1)
