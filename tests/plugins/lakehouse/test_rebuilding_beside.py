"""A day that is built again beside others: a nightly run that built it between two tries, a feed of which bronze has given the day up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from deltalake import DeltaTable
from lakehouse.rebuilding import rebuild_day
from pyspark.sql import SparkSession

from include.contracts import Contract
from include.days import stale_days
from include.rebuilds import Rebuilt
from include.settings import LakeSettings
from jobs.gold.run import bring_up_to_date
from jobs.maintain.restore import undo_day
from tests.jobs.bronze_rows import DAY, append, bronze_row, bronze_rows
from tests.jobs.commerce import METRICS, sample
from tests.jobs.days import build_day, contents
from tests.jobs.examples import CONTRACTS as EVERY
from tests.jobs.examples import example

pytestmark = pytest.mark.batch

CITY = EVERY.of_system("smart_city")
TRAFFIC, INCIDENTS = EVERY["traffic_sensors"], EVERY["incidents"]
ID = "20261120T093000-0a1b2c"


def rebuild(spark: SparkSession, lake: LakeSettings, system: str, contracts: Sequence[Contract]) -> dict[str, Rebuilt]:
    return {row.table: row for row in rebuild_day(spark, lake, ID, system, DAY, "run", contracts)}


def undo(spark: SparkSession, lake: LakeSettings, system: str, contracts: Sequence[Contract]) -> dict[str, Rebuilt]:
    def undivided(names: Iterable[str]) -> None:
        bring_up_to_date(spark, lake, names, DAY)

    return {row.table: row for row in undo_day(spark, lake, ID, system, DAY, "undo", contracts, undivided)}


def test_undo_of_a_rebuild_that_was_cleared_leaves_what_a_nightly_run_built_between(spark: SparkSession, lake: LakeSettings) -> None:
    append(lake, METRICS, bronze_rows([sample()]))
    build_day(spark, lake, "commerce", [METRICS], run="nightly")
    rebuild(spark, lake, "commerce", [METRICS])
    append(lake, METRICS, [bronze_row(sample(server="web-2"), offset=9)])
    build_day(spark, lake, "commerce", [METRICS], run="nightly")
    before = contents(lake, "commerce", [METRICS])
    rebuild(spark, lake, "commerce", [METRICS])
    undo(spark, lake, "commerce", [METRICS])
    assert (contents(lake, "commerce", [METRICS]), stale_days(lake, [METRICS])) == (before, [])


def test_gold_of_several_feeds_follows_though_bronze_has_given_up_the_day_of_one(spark: SparkSession, lake: LakeSettings) -> None:
    for contract in CITY:
        append(lake, contract, bronze_rows([example(contract.feed)]))
    build_day(spark, lake, "smart_city", CITY)
    before = contents(lake, "smart_city", CITY)
    DeltaTable(lake.table_uri(INCIDENTS.bronze)).delete()
    short = [replace(each, sla=replace(each.sla, retention_days=1)) if each == INCIDENTS else each for each in CITY]
    append(lake, TRAFFIC, [bronze_row(example(TRAFFIC.feed, sensor_id="late", speed_kmh=3.0), offset=9)])

    rows = rebuild(spark, lake, "smart_city", short)

    touched = {table for table, row in rows.items() if row.touched}
    assert {"silver.traffic_readings", "gold.zone_daily", "gold.city_daily"} <= touched
    assert not touched & {"silver.incidents", "gold.incidents_15m"}
    undo(spark, lake, "smart_city", short)
    assert contents(lake, "smart_city", CITY) == before
