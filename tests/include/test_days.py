"""Which days are to be built, from what bronze holds and what has been recorded."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from deltalake import DeltaTable

from include.days import DayAccount, day_accounts, days_to_build, record, stale_days
from include.settings import LakeSettings
from tests.jobs.bronze_rows import DAY, NOON, append, bronze_row, bronze_rows
from tests.jobs.commerce import LOGS, METRICS

BUILT = DayAccount("metrics", DAY, 2, 1, 0, 1, 0, 0, NOON, "run")
YESTERDAY, TOMORROW = DAY - timedelta(days=1), DAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("requested", "is_backfill", "stale", "days"),
    [
        (DAY, False, [], [DAY]),
        (DAY, False, [TOMORROW, DAY], [DAY]),
        (DAY, False, [YESTERDAY, date(1999, 1, 1)], [date(1999, 1, 1), YESTERDAY, DAY]),
        (YESTERDAY, False, [YESTERDAY], [YESTERDAY]),
        (TOMORROW, False, [], [TOMORROW]),
        (YESTERDAY, True, [date(1999, 1, 1), DAY], [YESTERDAY]),
    ],
)
def test_days_of_a_run(requested: date, is_backfill: bool, stale: list[date], days: list[date]) -> None:
    assert days_to_build(requested, is_backfill, stale, today=DAY) == days


def test_day_that_was_never_built_is_stale(lake: LakeSettings) -> None:
    append(lake, METRICS, bronze_rows([b"x"]))
    append(lake, LOGS, [bronze_row(b"x", event_time=datetime(1971, 1, 2, tzinfo=UTC))])
    assert stale_days(lake, [METRICS, LOGS]) == [date(1971, 1, 2), DAY]


def test_day_is_stale_while_bronze_has_more_rows_than_were_built(lake: LakeSettings) -> None:
    append(lake, METRICS, bronze_rows([b"x", b"y"]))
    record(lake, DAY, [BUILT])
    before = stale_days(lake, [METRICS])
    append(lake, METRICS, bronze_rows([b"late"]))
    assert (before, stale_days(lake, [METRICS])) == ([], [DAY])


def test_day_that_lost_rows_to_retention_is_not_stale(lake: LakeSettings) -> None:
    append(lake, METRICS, bronze_rows([b"x", b"y"]))
    record(lake, DAY, [BUILT])
    DeltaTable(lake.table_uri(METRICS.bronze)).delete("\"offset\" = 0")
    assert stale_days(lake, [METRICS]) == []


def test_day_whose_gold_was_not_built_is_stale(lake: LakeSettings) -> None:
    append(lake, METRICS, bronze_rows([b"x", b"y"]))
    record(lake, DAY, [replace(BUILT, built_at=None)])
    assert stale_days(lake, [METRICS]) == [DAY]


def test_account_of_another_feed_says_nothing(lake: LakeSettings) -> None:
    append(lake, METRICS, bronze_rows([b"x", b"y"]))
    record(lake, DAY, [replace(BUILT, feed="logs_application")])
    assert stale_days(lake, [METRICS]) == [DAY]


def test_lake_without_tables_has_no_stale_days(lake: LakeSettings) -> None:
    assert stale_days(lake, [METRICS, LOGS]) == []


def test_account_is_replaced_and_others_stay(lake: LakeSettings) -> None:
    other, next_day = replace(BUILT, feed="other"), replace(BUILT, event_date=TOMORROW)
    record(lake, DAY, [BUILT, other])
    record(lake, TOMORROW, [next_day])
    record(lake, DAY, [replace(BUILT, bronze_rows=9, bronze_version=None, run_id=None)])
    assert day_accounts(lake, ["metrics", "other"]) == [replace(BUILT, bronze_rows=9, bronze_version=None, run_id=None), other, next_day]


def test_systems_record_their_days_at_the_same_time(lake: LakeSettings) -> None:
    feeds = [f"feed_{number}" for number in range(6)]
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda feed: record(lake, DAY, [replace(BUILT, feed=feed)]), feeds))
    assert [account.feed for account in day_accounts(lake, feeds)] == feeds
