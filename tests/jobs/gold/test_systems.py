"""Each system's records, from bronze to every gold table of the catalogue, and what tells the rows of each table apart."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pyspark.sql import SparkSession

from include.catalog import GOLD, TRANSFORMED
from include.contracts import Contract
from include.days import stale_days
from include.delta_log import open_table
from include.grain import GOLD_KEYS, WITHIN_RECORD, key_of, tables_of_system
from include.settings import LakeSettings
from include.times import instant
from jobs.gold.run import build_gold
from jobs.produce.feeds import records
from jobs.silver.check import check_day
from jobs.silver.run import build_silver
from tests.jobs.bronze_rows import DAY, append, bronze_row
from tests.jobs.examples import CONTRACTS, example

pytestmark = pytest.mark.batch

MIDNIGHT = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC)
BAD = (b"x", b"{}", None)  # rows for every side


def day_of(contract: Contract) -> list[dict[str, Any]]:
    """The feed's example, generated records, some of them twice, and some that are bad."""
    made = list(records(contract, seed=7, count=60, start=MIDNIGHT, end=MIDNIGHT + timedelta(days=1)))
    values = [*(record.value for record in [*made, *made[:10]]), *BAD]
    rows = [bronze_row(value, offset, partition=offset % 2, **filed(contract, value)) for offset, value in enumerate(values)]
    return [*rows, bronze_row(example(contract.feed), len(rows))]


def filed(contract: Contract, value: bytes | None) -> dict[str, Any]:
    """The time by which bronze files the record: its own, if it has one."""
    if contract.event_time_field is None or value in BAD:
        return {}
    return {"event_time": instant(json.loads(value or b"")[contract.event_time_field])}


@pytest.mark.parametrize("system", GOLD)
def test_records_of_each_feed_reach_every_gold_table_and_keys_tell_its_rows_apart(
    spark: SparkSession, lake: LakeSettings, system: str
) -> None:
    contracts = CONTRACTS.of_system(system)
    for contract in contracts:
        append(lake, contract, day_of(contract))
    build_silver(spark, system, DAY, lake=lake, contracts=contracts)
    check_day(system, DAY, lake=lake, contracts=contracts)
    built = build_gold(spark, system, DAY, "run", lake=lake, contracts=contracts)
    assert {table for table, count in built.items() if count} == {f"gold.{name}" for name in GOLD[system]}
    assert stale_days(lake, contracts) == []
    tables = tables_of_system(system, [contract.feed for contract in contracts])
    assert {address: twice for address in tables if (twice := keys_of_several_rows(lake, address))} == {}


def keys_of_several_rows(lake: LakeSettings, address: str) -> list[Any]:
    table, key = open_table(lake, address), key_of(address)
    assert table is not None
    assert key is not None
    counted = Counter(tuple(row[name] for name in key) for row in table.to_pyarrow_table(columns=list(key) or None).to_pylist())
    return [values for values, rows in counted.items() if rows > 1]


def test_every_gold_table_and_every_silver_table_of_several_rows_a_record_says_its_key() -> None:
    assert set(GOLD_KEYS) == {name for tables in GOLD.values() for name in tables}
    assert set(WITHIN_RECORD) == {name for tables in TRANSFORMED.values() for name in tables[1:]}
