"""A system's day, built as the daily batch builds it, and everything that its tables then hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pyarrow as pa
from pyspark.sql import SparkSession

from include.contracts import Contract
from include.delta_log import open_table
from include.grain import tables_of_system
from include.settings import LakeSettings
from jobs.gold.run import build_gold
from jobs.silver.check import check_day
from jobs.silver.run import build_silver
from tests.jobs.bronze_rows import DAY

Contents = dict[str, list[str]]


def build_day(
    spark: SparkSession, lake: LakeSettings, system: str, contracts: Sequence[Contract], day: date = DAY, run: str = "run"
) -> None:
    build_silver(spark, system, day, lake=lake, contracts=contracts)
    check_day(system, day, lake=lake, contracts=contracts)
    build_gold(spark, system, day, run, lake=lake, contracts=contracts)


def contents(lake: LakeSettings, system: str, contracts: Sequence[Contract]) -> Contents:
    """Table → its rows, all columns, in the order of their values."""
    return {address: rows_of(lake, address) for address in tables_of_system(system, [contract.feed for contract in contracts])}


def rows_of(lake: LakeSettings, address: str) -> list[str]:
    table = open_table(lake, address)
    return [] if table is None else sorted(repr(sorted(row.items())) for row in table.to_pyarrow_table().to_pylist())


def files_of(lake: LakeSettings, address: str) -> dict[Any, set[str]]:
    """Day → the data files that its rows are in; of a table without days, all under None."""
    table = open_table(lake, address)
    if table is None:
        return {}
    actions = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    found: dict[Any, set[str]] = {}
    for action in actions:
        found.setdefault(action.get("partition.event_date"), set()).add(action["path"])
    return found
