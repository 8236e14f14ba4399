"""The last state of a thing wins its day; the others are superseded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from pyspark.sql import SparkSession

from include.contracts import Contract
from jobs.common.validate import judge, sides
from tests.jobs.bronze_rows import NOON, bronze_row, in_bronze
from tests.jobs.commerce import METRICS, sample
from tests.jobs.rows import rows

SECOND = timedelta(seconds=1)
SERVERS = replace(METRICS, identity=("server",))


def states(spark: SparkSession, records: list[dict[str, Any]], contract: Contract = SERVERS) -> tuple[list[Any], list[Any]]:
    """(partition, offset) of the current rows; (partition, offset, partition and offset of the later state) of the superseded."""
    split = sides(judge(in_bronze(spark, records), contract), contract)
    aside = rows(split.superseded, "partition", "offset", "superseded_by_partition", "superseded_by_offset")
    return rows(split.current, "_partition", "_offset"), aside


def test_latest_record_timestamp_wins_over_the_offset(spark: SparkSession) -> None:
    records = [bronze_row(sample(), 1, timestamp=NOON + SECOND), bronze_row(sample(), 2)]
    assert states(spark, records) == ([(0, 1)], [(0, 2, 0, 1)])


def test_higher_offset_wins_at_the_same_timestamp(spark: SparkSession) -> None:
    records = [bronze_row(sample(), 1), bronze_row(sample(), 3, partition=1), bronze_row(sample(), 2)]
    assert states(spark, records) == ([(1, 3)], [(0, 1, 1, 3), (0, 2, 1, 3)])


def test_higher_partition_wins_at_the_same_offset(spark: SparkSession) -> None:
    records = [bronze_row(sample(), 1, partition=1), bronze_row(sample(), 1)]
    assert states(spark, records) == ([(1, 1)], [(0, 1, 1, 1)])


def test_records_of_a_topic_made_anew_are_told_from_the_former_ones_at_the_same_place(spark: SparkSession) -> None:
    records = [bronze_row(sample(), 1, topic_id="former"), bronze_row(sample(), 1, topic_id="now", timestamp=NOON + SECOND)]
    split = sides(judge(in_bronze(spark, records), SERVERS), SERVERS)
    assert rows(split.current, "_topic_id") == [("now",)]
    assert rows(split.superseded, "topic_id", "superseded_by_topic_id") == [("former", "now")]


def test_event_time_has_no_say(spark: SparkSession) -> None:
    early = sample(timestamp="2026-11-20T08:00:00Z")
    records = [bronze_row(sample(), 1), bronze_row(early, 2, event_time=NOON - timedelta(hours=4))]
    assert states(spark, records) == ([(0, 2)], [(0, 1, 0, 2)])


def test_other_day_is_another_account(spark: SparkSession) -> None:
    tomorrow = sample(timestamp="2026-11-21T12:00:00Z")
    records = [bronze_row(sample(), 1), bronze_row(tomorrow, 2, event_time=NOON + timedelta(days=1))]
    assert states(spark, records) == ([(0, 1), (0, 2)], [])


def test_state_that_breaks_its_contract_supersedes_nothing(spark: SparkSession) -> None:
    records = [bronze_row(sample(), 1), bronze_row(sample(cpu_pct=101), 2), bronze_row(b"x", 3), bronze_row(b"x", 4)]
    assert states(spark, records) == ([(0, 1)], [])


def test_without_an_identity_every_row_counts(spark: SparkSession) -> None:
    assert states(spark, [bronze_row(sample(), 1), bronze_row(sample(), 2)], METRICS) == ([(0, 1), (0, 2)], [])


def test_identity_sees_bronze_columns_and_a_field_of_the_same_name_first(spark: SparkSession) -> None:
    contract = replace(METRICS, identity=("key", "date_trunc('SECOND', timestamp)"))
    later = "2026-11-20T12:00:00.9Z"
    records = [
        bronze_row(sample(), 1),
        bronze_row(sample(timestamp=later), 2, event_time=NOON + timedelta(seconds=0.9), timestamp=NOON + 5 * SECOND),
        bronze_row(sample(), 3, key=b"other"),
    ]
    assert states(spark, records, contract) == ([(0, 2), (0, 3)], [(0, 1, 0, 2)])
