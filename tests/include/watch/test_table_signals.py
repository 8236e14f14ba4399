"""What the tables say of days, bad rows, the ledger and live tables, and what of it is a signal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from include.catalog import window_of
from include.contracts import Contract, load_contracts
from include.days import DayAccount, record
from include.delta_log import HeldDay
from include.settings import LakeSettings
from include.watch.signals import Signal
from include.watch.table_signals import LEDGER, LEDGER_DAYS, accounts_since, of_days, of_ledger, of_live, of_quarantine

CONTRACTS = load_contracts()
CLICKSTREAM = CONTRACTS.of_system("clickstream")
DAY = date(2026, 3, 1)
OVER = datetime(2026, 3, 2, tzinfo=UTC)
ACCOUNT = DayAccount("clicks", DAY, 1000, 900, 0, 100, 0, 7)
BUILT = replace(ACCOUNT, built_at=OVER + timedelta(minutes=9))


def ids(signals: list[Signal]) -> list[str]:
    return [signal.incident_id for signal in signals]


@pytest.mark.parametrize(
    ("account", "found"),
    [
        (replace(ACCOUNT, quarantine_rows=150, dead_letter_rows=51), ["quarantine/clicks"]),
        (replace(ACCOUNT, quarantine_rows=150, dead_letter_rows=50), []),  # the limit is 20 %
        (replace(ACCOUNT, quarantine_rows=900, built_at=OVER), []),  # gold was built all the same
        (replace(ACCOUNT, quarantine_rows=900, run_id="writing:a run"), []),
        (replace(ACCOUNT, bronze_rows=30, quarantine_rows=19), []),  # a few rows never stop a day
        (replace(ACCOUNT, feed="gone", quarantine_rows=900), []),
    ],
)
def test_a_day_that_its_bad_rows_have_stopped_is_news(lake: LakeSettings, account: DayAccount, found: list[str]) -> None:
    assert CONTRACTS["clicks"].bad_rows_limit_pct == 20
    assert ids(of_quarantine(lake, CONTRACTS.feeds, [account])) == found


def test_all_days_of_a_feed_with_bad_rows_are_one_signal_whose_failure_was_mailed(lake: LakeSettings) -> None:
    bad = replace(ACCOUNT, quarantine_rows=500)
    (signal,) = of_quarantine(lake, CONTRACTS.feeds, [bad, replace(bad, event_date=DAY + timedelta(days=1))])
    assert "clicks of 2026-03-01: 500 of 1000 rows are bad, 50.0 %" in signal.what
    assert "clicks of 2026-03-02" in signal.what
    assert signal.told


def test_accounts_are_those_of_late_and_those_that_are_open(lake: LakeSettings) -> None:
    for days, account in ((0, BUILT), (1, BUILT), (2, ACCOUNT)):
        day = DAY - timedelta(days=days)
        record(lake, day, [replace(account, event_date=day)])
    assert {each.event_date for each in accounts_since(lake, DAY)} == {DAY, DAY - timedelta(days=2)}


def hours(after: float) -> datetime:
    return OVER + timedelta(hours=after)


@pytest.mark.parametrize(
    ("now", "first_came", "account", "found"),
    [
        (hours(5), hours(-9), None, ["days/clickstream"]),
        (hours(5), hours(-9), ACCOUNT, ["days/clickstream"]),
        (hours(5), hours(-9), BUILT, []),
        (hours(3), hours(-9), None, []),
        (hours(20), hours(9), None, []),  # the rows came when the midnight's run was over: the next one is to build them
        (hours(29), hours(9), None, ["days/clickstream"]),
        (hours(29), None, None, ["days/clickstream"]),
        (hours(24 * 4), hours(-9), None, []),  # too long ago
    ],
)
def test_a_day_is_late_hours_after_the_run_that_was_to_build_it(
    now: datetime, first_came: datetime | None, account: DayAccount | None, found: list[str]
) -> None:
    def held(contract: Contract) -> Mapping[date, HeldDay]:
        return {DAY: HeldDay(10, first_came, first_came)} if contract.feed == "clicks" else {}

    signals = of_days(CLICKSTREAM, [account] if account else [], held, now)
    assert ids(signals) == found
    assert all(signal.what == "2026-03-01: clicks" for signal in signals)


def test_a_day_without_rows_is_not_late_and_bronze_is_not_asked_of_built_ones() -> None:
    asked: list[str] = []

    def held(contract: Contract) -> Mapping[date, HeldDay]:
        asked.append(contract.feed)
        return {DAY: HeldDay(0)}

    days = [DAY, DAY - timedelta(days=1), DAY - timedelta(days=2)]
    built = [replace(BUILT, feed=feed, event_date=day) for feed in ("clicks", "views") for day in days]
    assert of_days(CLICKSTREAM, built, held, hours(5)) == []
    assert asked == ["ratings"]


def test_a_day_that_waits_for_its_bad_rows_or_the_stream_is_explained_by_them() -> None:
    (signal,) = of_days(CLICKSTREAM, [], lambda _: {DAY: HeldDay(10)}, hours(5))
    assert {"kafka", "stream", "lag", "quarantine/clicks", "quarantine/ratings"} <= set(signal.because)


def test_an_open_ledger_is_news_by_feed(lake: LakeSettings) -> None:
    partitions = {"feed": ["clicks", "clicks", "views", "gone"], "partition": [0, 1, 0, 0], "state": ["open", "closed", "open", "open"]}
    findings = pa.array([["3 offsets are missing"], [], [], ["x"]], pa.list_(pa.string()))
    write_deltalake(lake.table_uri(LEDGER), pa.table(partitions).append_column("findings", findings))
    days = {"feed": ["ratings", "ratings"], "event_date": [DAY, DAY], "state": ["open", "open"], "finding": ["in none", "not built yet"]}
    write_deltalake(lake.table_uri(LEDGER_DAYS), pa.table(days | {"wrong": [True, False]}))
    found = {signal.incident_id: signal.what for signal in of_ledger(lake, CONTRACTS.feeds)}
    assert found == {
        "ledger/clicks": "partition 0: 3 offsets are missing",
        "ledger/views": "partition 0: no commit says that it was read",
        "ledger/ratings": "2026-03-01: in none",
    }


def test_many_findings_are_told_in_short(lake: LakeSettings) -> None:
    findings = pa.array([[f"finding {number}" + "x" * 900 for number in range(5)]], pa.list_(pa.string()))
    rows = pa.table({"feed": ["clicks"], "partition": [0], "state": ["open"]}).append_column("findings", findings)
    write_deltalake(lake.table_uri(LEDGER), rows)
    (signal,) = of_ledger(lake, CONTRACTS.feeds)
    assert signal.what.endswith("…; and 2 more")
    assert len(signal.what) < 1000


@pytest.mark.parametrize(
    ("coming", "kept", "behind_seconds", "found"),
    [
        ("clicks", True, 121.0, ["live/all"]),  # a window of a minute, and the minute that the contract allows
        ("clicks", True, 120.0, []),
        ("clicks", True, None, ["live/all"]),
        ("clicks", False, None, []),  # the driver keeps no such table
        ("metrics", True, 999.0, []),  # of others nothing comes
    ],
)
def test_a_live_table_is_behind_where_bronze_has_newer_events(
    coming: str, kept: bool, behind_seconds: float | None, found: list[str]
) -> None:
    assert {CONTRACTS[feed].sla.freshness_seconds for feed in ("clicks", "views")} == {60.0}
    newest: dict[str, datetime | None] = {"bronze.clicks": OVER, "bronze.views": OVER + timedelta(days=1)}
    if behind_seconds is not None:
        newest["live.item_engagement_1m"] = OVER - timedelta(seconds=behind_seconds)
    signals = of_live("all", CLICKSTREAM, ["item_engagement_1m"] if kept else [], newest, {coming})
    assert ids(signals) == found
    assert all(signal.because_all == ("live-parked/item_engagement_1m",) for signal in signals)


@pytest.mark.parametrize(("table", "minutes"), [("traffic_5m", 5), ("incidents_15m", 15), ("alerts", 0)])
def test_the_name_of_a_table_says_how_long_its_windows_are(table: str, minutes: int) -> None:
    assert window_of(table) == timedelta(minutes=minutes)
