"""Each system's example records, from bronze to every gold table of the catalogue."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from include.catalog import GOLD
from include.days import stale_days
from include.settings import LakeSettings
from jobs.gold.run import build_gold
from jobs.silver.check import check_day
from jobs.silver.run import build_silver
from tests.jobs.bronze_rows import DAY, append, bronze_rows
from tests.jobs.examples import CONTRACTS, example


@pytest.mark.parametrize("system", [system for system in GOLD if system != "commerce"])  # test_run.py has that one
def test_one_record_of_each_feed_reaches_every_gold_table(spark: SparkSession, lake: LakeSettings, system: str) -> None:
    contracts = CONTRACTS.of_system(system)
    for contract in contracts:
        append(lake, contract, bronze_rows([example(contract.feed)]))
    build_silver(spark, system, DAY, lake=lake, contracts=contracts)
    check_day(system, DAY, lake=lake, contracts=contracts)
    built = build_gold(spark, system, DAY, "run", lake=lake, contracts=contracts)
    assert {table for table, count in built.items() if count} == {f"gold.{name}" for name in GOLD[system]}
    assert stale_days(lake, contracts) == []
