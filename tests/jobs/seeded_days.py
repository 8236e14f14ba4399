"""A day of a system from generated records: good ones, some of them twice, some that are bad, and each feed's example; built to gold."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from pyspark.sql import SparkSession

from include.contracts import Contract
from include.settings import LakeSettings
from include.times import instant
from jobs.gold.run import build_gold
from jobs.produce.feeds import records
from jobs.produce.record import Record
from jobs.silver.check import check_day
from jobs.silver.run import build_silver
from tests.jobs.bronze_rows import DAY, append, bronze_row
from tests.jobs.examples import CONTRACTS, example

BuiltSystem = Callable[[str], tuple[LakeSettings, dict[str, int]]]  # by a system's name its lake, and gold's rows by table
RECORDS = 600
BAD = (b"x", b"{}", None)  # rows for every side
MIDNIGHT = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC)


def build_system(spark: SparkSession, lake: LakeSettings, system: str) -> dict[str, int]:
    """Gold table → its rows."""
    contracts = CONTRACTS.of_system(system)
    for contract in contracts:
        append(lake, contract, day_of(contract))
    build_silver(spark, system, DAY, lake=lake, contracts=contracts)
    check_day(system, DAY, lake=lake, contracts=contracts)
    return build_gold(spark, system, DAY, "run", lake=lake, contracts=contracts)


def day_of(contract: Contract) -> list[dict[str, Any]]:
    made = list(records(contract, seed=7, count=RECORDS, start=MIDNIGHT, end=MIDNIGHT + timedelta(days=1)))
    filed = [(record.value, filed_at(contract, record)) for record in [*made, *made[:10]]] + [(value, {}) for value in BAD]
    rows = [bronze_row(value, offset, partition=offset % 2, **times) for offset, (value, times) in enumerate(filed)]
    return [*rows, bronze_row(example(contract.feed), len(rows))]


def filed_at(contract: Contract, record: Record) -> dict[str, Any]:
    """The times by which bronze files the record: its own, if it has one, or Kafka's."""
    if contract.event_time_field is None:
        return {"timestamp": record.timestamp, "event_time": record.timestamp}
    return {"event_time": instant(json.loads(record.value or b"")[contract.event_time_field])}
