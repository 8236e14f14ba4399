"""Rows that come late refresh their own day, and of it the tables that are computed from their feed; no other file is rewritten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pyspark.sql import SparkSession

from include.days import day_accounts, stale_days, touched_feeds
from include.grain import tables_of_system
from include.settings import LakeSettings
from jobs.gold.run import build_gold
from jobs.silver.run import build_silver, check_day
from tests.jobs.bronze_rows import DAY, NOON, append, bronze_row
from tests.jobs.commerce import CONTRACTS, LOGS, METRICS, ORDERS, log, order, sample
from tests.jobs.days import build_day, files_of

pytestmark = pytest.mark.batch

ALL = tuple(CONTRACTS.values())
BEFORE = DAY - timedelta(days=1)


def test_late_rows_rewrite_the_files_of_their_day_and_feed_and_no_others(spark: SparkSession, lake: LakeSettings) -> None:
    for day, noon in ((BEFORE, NOON - timedelta(days=1)), (DAY, NOON)):
        at, number = noon.isoformat(), day.day
        append(lake, ORDERS, [bronze_row(order(number, timestamp=at), number, event_time=noon)])
        append(lake, LOGS, [bronze_row(log(timestamp=at), number, event_time=noon)])
        append(lake, METRICS, [bronze_row(sample(timestamp=at), number, event_time=noon)])
        build_day(spark, lake, "commerce", ALL, day)
    addresses = tables_of_system("commerce", CONTRACTS)
    before = {address: files_of(lake, address) for address in addresses}
    late = NOON - timedelta(days=1)
    append(lake, METRICS, [bronze_row(sample(timestamp=late.isoformat(), cpu_pct=70.0), 99, event_time=late)])

    assert (stale_days(lake, ALL), touched_feeds(lake, ALL, BEFORE), touched_feeds(lake, ALL, DAY)) == ([BEFORE], ["metrics"], [])
    build_silver(spark, "commerce", BEFORE, lake=lake, contracts=[METRICS])
    check_day("commerce", BEFORE, lake=lake, contracts=ALL)
    build_gold(spark, "commerce", BEFORE, "late", lake=lake, contracts=ALL)

    after = {address: files_of(lake, address) for address in addresses}
    rewritten = {(address, day) for address in addresses for day in before[address] if before[address][day] != after[address][day]}
    assert rewritten == {(address, BEFORE) for address in ("silver.server_metrics", "gold.server_load", "gold.server_load_1m")}
    assert stale_days(lake, ALL) == []
    runs = {account.feed: account.run_id for account in day_accounts(lake, CONTRACTS, BEFORE)}
    assert runs == {"commandes_json": "run", "logs_application": "run", "metrics": "late"}


def test_feed_that_has_no_account_of_the_day_is_built_with_the_late_one(spark: SparkSession, lake: LakeSettings) -> None:
    append(lake, METRICS, [bronze_row(sample())])
    assert touched_feeds(lake, ALL, DAY) == sorted(CONTRACTS)
