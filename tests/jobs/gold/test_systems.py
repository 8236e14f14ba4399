"""Each system's records, from bronze to every gold table of the catalogue, and what tells the rows of each table apart."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from include.catalog import GOLD, TRANSFORMED
from include.days import stale_days
from include.delta_log import open_table
from include.grain import GOLD_KEYS, WITHIN_RECORD, key_of, tables_of_system
from include.settings import LakeSettings
from tests.jobs.examples import CONTRACTS
from tests.jobs.seeded_days import BuiltSystem

pytestmark = pytest.mark.batch


@pytest.mark.parametrize("system", GOLD)
def test_records_of_each_feed_reach_every_gold_table_and_keys_tell_its_rows_apart(built_system: BuiltSystem, system: str) -> None:
    lake, built = built_system(system)
    contracts = CONTRACTS.of_system(system)
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
