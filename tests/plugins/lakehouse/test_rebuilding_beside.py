"""A day that is built again beside others: a nightly run that built it between two tries, a feed of which bronze has given the day up,
a table of all days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from include.days import stale_days
from include.settings import LakeSettings
from tests.jobs.bronze_rows import DAY, append, bronze_row, bronze_rows
from tests.jobs.commerce import METRICS, sample
from tests.jobs.days import build_day, contents
from tests.jobs.examples import CONTRACTS as EVERY
from tests.jobs.examples import example
from tests.plugins.lakehouse.rebuilt_days import rebuild, touched, undo

pytestmark = pytest.mark.batch

CITY = EVERY.of_system("smart_city")
TRAFFIC, INCIDENTS = EVERY["traffic_sensors"], EVERY["incidents"]
PLANETS = EVERY.of_system("planets")


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

    assert {"silver.traffic_readings", "gold.zone_daily", "gold.city_daily"} <= touched(rows).keys()
    assert not touched(rows).keys() & {"silver.incidents", "gold.incidents_15m"}
    undo(spark, lake, "smart_city", short)
    assert contents(lake, "smart_city", CITY) == before


def planet(name: str, offset: int, day: date = DAY, **fields: object) -> dict[str, object]:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return bronze_row(example("planet_discoveries", Name=name, **fields), offset, event_time=noon, timestamp=noon)


def test_planets_of_all_days_follow_a_rebuild_and_its_undoing(spark: SparkSession, lake: LakeSettings) -> None:
    (contract,) = PLANETS
    earlier = date(2026, 11, 1)
    append(lake, contract, [planet("Mars", 0, earlier, Gravity=1.0), planet("Vulcan", 1, Gravity=9.0)])
    for day in (earlier, DAY):
        build_day(spark, lake, "planets", PLANETS, day)
    before = contents(lake, "planets", PLANETS)
    append(lake, contract, [planet("Mars", 2, Gravity=9.0), planet("Tatooine", 3)])
    assert touched(rebuild(spark, lake, "planets", PLANETS))["gold.planets"] == (1, 0, 1)
    assert touched(undo(spark, lake, "planets", PLANETS))["gold.planets"] == (0, 1, 1)
    assert contents(lake, "planets", PLANETS) == before
