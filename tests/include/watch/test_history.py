"""What comes is history, or a source's clock is wrong: told apart by how much time the events of some minutes are of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
from deltalake import write_deltalake

from include.delta_log import open_table
from include.settings import LakeSettings
from include.watch.history import Batch, came_since, is_history

AT = datetime(2026, 3, 8, 12, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def batch(came: timedelta, newest: timedelta, rows: int = 20) -> Batch:
    """Rows that came so long after noon, the newest event of them so long before it (negative) or after."""
    return Batch(rows, AT + newest, AT + came, AT + came)


def test_days_that_come_within_minutes_are_history() -> None:
    assert is_history([batch(n * MINUTE, (n - 30) * DAY) for n in range(5)], MINUTE)


def test_hours_of_one_day_that_come_within_minutes_are_history() -> None:
    assert is_history([batch(n * MINUTE / 10, n * 10 * MINUTE - 9 * DAY) for n in range(36)], MINUTE)


def test_a_clock_that_is_behind_makes_no_history() -> None:
    assert not is_history([batch(n * MINUTE, n * MINUTE - 3 * DAY) for n in range(10)], MINUTE)


def test_a_clock_that_stands_makes_no_history() -> None:
    assert not is_history([batch(n * MINUTE, -3 * DAY) for n in range(10)], MINUTE)


def test_stragglers_of_other_days_make_no_history_of_a_clock_that_is_behind() -> None:
    late = [batch(n * MINUTE, -(n + 9) * DAY, rows=2) for n in range(10)]
    assert not is_history([*late, *(batch(n * MINUTE, n * MINUTE - 3 * DAY) for n in range(10))], MINUTE)


def test_nothing_that_came_is_no_history() -> None:
    assert not is_history([], MINUTE)


def test_files_of_a_table_say_what_came_since(lake: LakeSettings) -> None:
    for came in (AT - DAY, AT):
        rows = {"event_time": [came - DAY, came - 2 * DAY], "ingested_at": [came, came + MINUTE]}
        write_deltalake(lake.table_uri("bronze.clicks"), pa.table(rows), mode="append")
    table = open_table(lake, "bronze.clicks")
    assert table is not None
    assert came_since(table, AT) == [Batch(2, AT - DAY, AT, AT + MINUTE)]


def test_a_table_that_does_not_say_when_rows_came_says_nothing(lake: LakeSettings) -> None:
    write_deltalake(lake.table_uri("bronze.clicks"), pa.table({"event_time": [AT]}))
    table = open_table(lake, "bronze.clicks")
    assert table is not None
    assert came_since(table, AT) == []
