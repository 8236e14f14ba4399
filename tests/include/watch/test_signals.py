"""What is a signal, and what would explain it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from include.contracts import load_contracts
from include.streams.state import Desired, FeedStatus, LiveStatus, StreamStatus
from include.watch.lag_samples import LagSample
from include.watch.lag_state import State
from include.watch.signals import of_freshness, of_lag, of_runway, of_stream

NOW = 1000.0
CONTRACTS = tuple(load_contracts().of_system("clickstream"))


def status(published_at: float = NOW, phase: str = "running", **feeds: FeedStatus) -> StreamStatus:
    return StreamStatus("all", "o", 1, "h", 1, phase, 0.0, published_at, "driver", feeds=feeds)  # type: ignore[arg-type]


def sample(feed: str, state: State = "OK", lag: int = 0, runway: float | None = None, waits: float | None = 0.0) -> LagSample:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return LagSample(feed, "id", 0, at, 0, 100, 100 - lag, lag, waits, runway_hours=runway, state=state)


@pytest.mark.parametrize(
    ("desired", "actual", "found"),
    [
        ("running", status(), []),
        ("running", status(phase="starting"), []),
        ("running", status(NOW - 91), ["stream/all"]),
        ("running", status(phase="failed"), []),  # it may be started again
        ("running", status(NOW - 91, phase="failed"), ["stream/all"]),
        ("running", None, ["stream/all"]),
        ("stopped", None, []),
        ("running", status(clicks=FeedStatus(), views=FeedStatus(parked_until=NOW + 60, last_error="no")), ["parked/views"]),
        ("running", status(clicks=FeedStatus(parked_until=NOW + 60)), []),  # not opened yet
    ],
)
def test_a_driver_that_should_be_at_work_says_so(desired: str, actual: StreamStatus | None, found: list[str]) -> None:
    signals = of_stream("all", Desired(desired), actual, NOW)  # type: ignore[arg-type]
    assert [signal.incident_id for signal in signals] == found


@pytest.mark.parametrize(("asked_at", "found"), [(NOW - 299, []), (NOW - 301, ["stream/all"])])
@pytest.mark.parametrize("restart", [True, False])
def test_one_that_was_asked_for_a_moment_ago_has_time_to_start(asked_at: float, found: list[str], restart: bool) -> None:
    asked = Desired("running", requested_at=0.0 if restart else asked_at, restart_requested_at=asked_at if restart else 0.0)
    assert [signal.incident_id for signal in of_stream("all", asked, None, NOW)] == found


def test_each_live_table_that_is_parked_is_a_signal_and_alerts_are_one_of_them() -> None:
    live = {"alerts": LiveStatus(last_error="not delivered"), "traffic_5m": LiveStatus(last_error="no"), "mobility_5m": LiveStatus()}
    alerts, traffic = of_stream("all", Desired(), replace(status(), live=live), NOW)
    assert (alerts.incident_id, alerts.where, alerts.what) == ("live-parked/alerts", "live.alerts", "not delivered")
    assert traffic.incident_id == "live-parked/traffic_5m"


def test_a_live_table_that_is_parked_is_explained_by_the_tables_that_it_is_filled_from_and_alerts_by_their_topic() -> None:
    live = {"alerts": LiveStatus(last_error="no such topic"), "item_engagement_1m": LiveStatus(last_error="no")}
    feeds = {contract.feed: FeedStatus() for contract in CONTRACTS}
    alerts, engagement = of_stream("all", Desired(), replace(status(**feeds), live=live), NOW)
    assert alerts.because == ("kafka", "stream/all", "topic/alerts")
    assert engagement.because == ("kafka", "stream/all", "table/clicks", "table/views")


def test_the_lag_of_all_feeds_of_a_driver_is_one_signal_with_the_worst_of_them() -> None:
    (signal,) = of_lag("all", CONTRACTS, [sample("clicks", "STALL", 7, waits=80.0), sample("views", "REWIND", 3), sample("ratings")])
    assert (signal.incident_id, signal.severity, signal.cause) == ("lag/all", "critical", "lag: REWIND")
    assert "clicks STALL, 7 records, the oldest 80 s old; views REWIND, 3 records" in signal.what
    assert signal.because == ("kafka", "stream/all")


@pytest.mark.parametrize(("lag", "found"), [(50_000, []), (50_001, ["warning"])])
def test_a_backlog_that_grows_is_news_beyond_what_the_contract_allows(lag: int, found: list[str]) -> None:
    assert {contract.sla.lag_records for contract in CONTRACTS} == {50_000}
    assert [signal.severity for signal in of_lag("all", CONTRACTS, [sample("clicks", "WARN", lag)])] == found


def test_what_nobody_reads_is_told_by_the_stream_and_not_by_its_lag() -> None:
    assert of_lag("all", CONTRACTS, [sample("clicks", "STOP", 9)]) == []


def test_feeds_explain_their_lag_where_all_of_them_are_parked() -> None:
    (signal,) = of_lag("all", CONTRACTS, [sample("clicks", "STALL", 1), sample("views", "STALL", 1), sample("ratings")])
    assert signal.because_all == ("parked/clicks", "parked/views")


@pytest.mark.parametrize(
    ("hours", "arrived", "found"),
    [
        (23.0, 4, ["warning"]),
        (3.9, 4, ["critical"]),
        (24.0, 4, []),
        (1.0, 5, []),  # all of it has come since the look before, however old its timestamp
        (1.0, None, ["critical"]),
        (None, 4, []),
    ],
)
def test_records_that_wait_and_are_about_to_be_deleted_are_news(hours: float | None, arrived: int | None, found: list[str]) -> None:
    signals = of_runway("all", CONTRACTS, [replace(sample("clicks", "OK", 5, hours), arrived=arrived)])
    assert [signal.severity for signal in signals] == found
    assert all(signal.because == () for signal in signals)  # what is about to be lost is told whatever the cause


@pytest.mark.parametrize(
    ("arrived", "beyond", "found"),
    [(5, -1, []), (5, 1, ["freshness/all"]), (0, 9999, []), (None, 9999, []), (5, None, ["freshness/all"])],
)
def test_events_are_old_where_records_come_and_idle_where_none_do(arrived: int | None, beyond: float | None, found: list[str]) -> None:
    now, allowed = datetime(2026, 3, 1, tzinfo=UTC), load_contracts()["clicks"].sla.freshness_seconds
    newest = {"bronze.clicks": None if beyond is None else now - timedelta(seconds=allowed + beyond)}
    signals = of_freshness("all", CONTRACTS, [replace(sample("clicks"), arrived=arrived)], newest, now)
    assert [signal.incident_id for signal in signals] == found
    assert all(signal.because_all == ("parked/clicks",) for signal in signals)
