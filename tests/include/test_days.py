"""Which days are to be built, from what bronze holds and what has been recorded."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from deltalake import DeltaTable

from include import days
from include.days import DayAccount, close, day_accounts, days_to_build, record, stale_days, touched_feeds, undone_days
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


def test_day_that_lost_rows_is_not_stale(lake: LakeSettings) -> None:
    append(lake, METRICS, bronze_rows([b"x", b"y"]))
    record(lake, DAY, [BUILT])
    DeltaTable(lake.table_uri(METRICS.bronze)).delete('"offset" = 0')
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


def test_day_that_a_person_has_undone_is_left_alone_whatever_comes(lake: LakeSettings) -> None:
    append(lake, METRICS, bronze_rows([b"x", b"y", b"late"]))
    record(lake, DAY, [replace(BUILT, run_id="undo:20261120T093000-0a1b2c")])
    assert (stale_days(lake, [METRICS]), undone_days(lake, ["metrics"]), touched_feeds(lake, [METRICS], DAY)) == ([], [DAY], [])


def test_touched_are_the_feeds_that_the_day_is_stale_or_was_not_built_of(lake: LakeSettings) -> None:
    append(lake, METRICS, bronze_rows([b"x", b"y"]))
    record(lake, DAY, [BUILT])
    before = touched_feeds(lake, [METRICS, LOGS], DAY)
    append(lake, METRICS, bronze_rows([b"late"]))
    record(lake, DAY, [replace(BUILT, feed="logs_application", bronze_rows=0)])
    assert (before, touched_feeds(lake, [METRICS, LOGS], DAY)) == (["logs_application"], ["metrics"])


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


def test_account_that_is_as_it_was_seen_is_closed(lake: LakeSettings) -> None:
    opened = replace(BUILT, built_at=None, run_id=None)
    record(lake, DAY, [opened])
    assert close(lake, DAY, [opened], NOON, "run") == []
    assert day_accounts(lake, ["metrics"]) == [BUILT]


@pytest.mark.parametrize("change", [{"bronze_rows": 3, "silver_rows": 2}, {"bronze_version": 1}, {"built_at": None}])
def test_account_that_another_run_has_changed_stays_as_that_run_left_it(lake: LakeSettings, change: dict[str, object]) -> None:
    changed, other = replace(BUILT, **change), replace(BUILT, feed="other")
    record(lake, DAY, [changed, other])
    assert close(lake, DAY, [BUILT, other], NOON, "late") == ["metrics"]
    assert day_accounts(lake, ["metrics", "other"]) == [changed, replace(other, run_id="late")]


def test_account_whose_silver_was_being_written_when_it_was_seen_stays_open(lake: LakeSettings) -> None:
    begun = replace(BUILT, built_at=None, run_id="writing:second")
    record(lake, DAY, [begun])
    assert close(lake, DAY, [begun], NOON, "first") == ["metrics"]
    assert day_accounts(lake, ["metrics"]) == [begun]


def test_account_that_changes_while_it_is_closed_stays_as_it_became(lake: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    record(lake, DAY, [BUILT])
    changed, read = replace(BUILT, bronze_rows=3, built_at=None, run_id=None), days._read

    def read_before_another_run_writes(*asked: object) -> list[DayAccount]:
        monkeypatch.setattr(days, "_read", read)
        found = read(*asked)
        record(lake, DAY, [changed])
        return found

    monkeypatch.setattr(days, "_read", read_before_another_run_writes)
    assert close(lake, DAY, [BUILT], NOON, "late") == ["metrics"]
    assert day_accounts(lake, ["metrics"]) == [changed]
