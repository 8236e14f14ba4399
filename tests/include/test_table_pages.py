"""Rows by the page: the newest first, each once, whatever the table is like."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from include import open_tables
from include.settings import LakeSettings
from include.table_pages import Page, Span, page, with_readable_times

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CLOCK = pa.timestamp("us", "UTC")


def windows(lake: LakeSettings, *starts: datetime, address: str = "gold.traffic_5m") -> None:
    """A row of zone z for each window."""
    held: dict[str, Any] = {
        "zone": ["z"] * len(starts),
        "window_start": pa.array(starts, CLOCK),
        "event_date": [start.date() for start in starts],
    }
    write_deltalake(lake.table_uri(address), pa.table(held), mode="append", partition_by=["event_date"])


def starts(found: Page) -> list[datetime]:
    return [row["window_start"] for row in found.rows]


def test_without_a_span_the_newest_day_is_shown(lake: LakeSettings) -> None:
    windows(lake, NOON - timedelta(days=2), NOON, NOON + timedelta(minutes=5))
    found = page(lake, "gold.traffic_5m", Span(), limit=10)
    assert (starts(found), found.total) == ([NOON + timedelta(minutes=5), NOON], 2)


def test_a_span_is_half_open_and_reaches_over_midnight(lake: LakeSettings) -> None:
    midnight = NOON.replace(hour=0) + timedelta(days=1)
    windows(lake, NOON, midnight - timedelta(minutes=5), midnight, midnight + timedelta(minutes=5))
    found = page(lake, "gold.traffic_5m", Span(midnight - timedelta(minutes=5), midnight + timedelta(minutes=5)), limit=10)
    assert starts(found) == [midnight, midnight - timedelta(minutes=5)]
    until_midnight = page(lake, "gold.traffic_5m", Span(last=midnight), limit=10)
    assert starts(until_midnight) == [midnight - timedelta(minutes=5), NOON]


def test_pages_hold_each_row_once(lake: LakeSettings) -> None:
    wanted = [NOON + timedelta(minutes=5 * number) for number in range(7)]
    for start in wanted:
        windows(lake, start)
    pages = [page(lake, "gold.traffic_5m", Span(NOON), limit=3, offset=offset) for offset in (0, 3, 6)]
    assert [start for found in pages for start in starts(found)] == wanted[::-1]
    assert {found.total for found in pages} == {7}


def test_a_table_without_days_and_times_is_in_the_order_of_its_key(lake: LakeSettings) -> None:
    write_deltalake(lake.table_uri("gold.planets"), pa.table({"Name": ["b", "a"], "event_date": [date(2026, 3, 1)] * 2}))
    assert [row["Name"] for row in page(lake, "gold.planets", Span(), limit=10).rows] == ["a", "b"]


def test_a_row_without_the_first_of_its_tables_times_has_the_next(lake: LakeSettings) -> None:
    held = {
        "alert_id": ["of a window", "of a record"],
        "window_start": pa.array([NOON, None], CLOCK),
        "event_time": pa.array([None, NOON + timedelta(minutes=1)], CLOCK),
        "event_date": [NOON.date()] * 2,
    }
    write_deltalake(lake.table_uri("live.alerts"), pa.table(held), partition_by=["event_date"])
    found = page(lake, "live.alerts", Span(NOON, NOON + timedelta(hours=1)), limit=10)
    assert [row["alert_id"] for row in found.rows] == ["of a record", "of a window"]


def test_a_table_that_was_asked_for_a_moment_ago_is_not_opened_again(lake: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    windows(lake, NOON)
    first = page(lake, "gold.traffic_5m", Span(), limit=10)
    monkeypatch.setattr(open_tables, "open_table", lambda *_: pytest.fail("it was opened again"))
    assert page(lake, "gold.traffic_5m", Span(), limit=10) == first


def test_a_page_of_raw_records_is_short(lake: LakeSettings) -> None:
    held = {"value": [b"{}"] * 200, "offset": list(range(200)), "event_date": [NOON.date()] * 200}
    write_deltalake(lake.table_uri("bronze.clicks"), pa.table(held), partition_by=["event_date"])
    found = page(lake, "bronze.clicks", Span(), limit=1000)
    assert (len(found.rows), found.limit, found.total) == (100, 100, 200)


def test_a_table_that_is_empty_has_an_empty_page(lake: LakeSettings) -> None:
    windows(lake)
    assert page(lake, "gold.traffic_5m", Span(), limit=10) == Page([], 0, 10, 0)


def test_time_beyond_the_last_year_of_python_is_shown() -> None:
    clock = pa.timestamp("us", tz="UTC")
    ends = pa.array([253_402_300_800_000_000, 0, None], pa.int64()).cast(clock)
    shown = with_readable_times(pa.table({"window_end": ends, "window_start": pa.array([0, 0, 0], pa.int64()).cast(clock)})).to_pylist()
    assert [row["window_end"] for row in shown] == ["10000-01-01 00:00:00.000000Z", "1970-01-01 00:00:00.000000Z", None]
    assert shown[0]["window_start"].year == 1970
