"""The time that bronze gives a record which has none of its own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from include.contracts import load_contracts
from jobs.stream.read import with_event_time

METRICS = load_contracts()["metrics"]


@pytest.mark.parametrize(
    ("milliseconds", "year"),
    [
        (-62_135_596_800_000, 1),
        (253_402_300_799_999, 9999),
        (253_402_300_800_000, None),
        (1_790_000_000_000_000, None),  # microseconds of 2026
        (-62_167_219_200_000, None),
    ],
)
def test_time_of_kafka_s_that_python_does_not_have_is_that_of_reading(spark: SparkSession, milliseconds: int, year: int | None) -> None:
    columns = {"key": F.lit(b""), "value": F.lit(b"{}"), "headers": F.lit(None), "topic": F.lit(METRICS.topic.name)}
    columns |= {"partition": F.lit(0), "offset": F.lit(0), "timestampType": F.lit(0), "timestamp": F.timestamp_millis(F.lit(milliseconds))}
    records = spark.range(1).select(*[column.alias(name) for name, column in columns.items()])
    before = datetime.now(UTC)
    (row,) = with_event_time(records, (METRICS,)).select("event_date", F.year("event_time").alias("year")).collect()
    assert row.year == (before.year if year is None else year)
    assert (row.event_date.year, row.event_date >= before.date()) == (row.year, year != 1)
