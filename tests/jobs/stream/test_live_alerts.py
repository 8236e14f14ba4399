"""Alerts of several feeds in one table: what fails of one feed stops the alerts of that feed alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from deltalake import DeltaTable

from include.contracts import Contract, Rule, load_contracts
from include.contracts.arrow_types import row_schema
from include.delta_log import transaction_offsets
from include.errors import StoreError
from include.lease import Lease
from include.settings import KafkaSettings, LakeSettings
from jobs.stream import outlets, parked
from jobs.stream.alert_rules import RecordAlerts
from jobs.stream.alert_table import AlertTable
from jobs.stream.live import Live
from jobs.stream.live_feeds import LiveFeeds
from jobs.stream.outlets import Outlet
from jobs.stream.watch import _live
from tests.jobs.examples import example
from tests.jobs.stream.noted import Topic
from tests.jobs.stream.sent import slice_of

CONTRACTS = load_contracts()
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
INCIDENT = "incidents/id-of-incidents/0/0/critical_incident"
JAM = "traffic-sensors/id-of-traffic-sensors/0/0/traffic_stands"


@dataclass(frozen=True)
class Reading:
    """What the live thread asks of a feed that is read."""

    contract: Contract
    partitions: tuple[int, ...] = (0,)

    @property
    def topic_id(self) -> str:
        return f"id-of-{self.contract.topic.name}"


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture
def topic() -> Topic:
    return Topic()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was put aside is tried again with the next turn."""
    monkeypatch.setattr(parked, "LONGEST_BACKOFF_SECONDS", 0.0)


def traffic(condition: str = "speed_kmh < 5", **changes: Any) -> Contract:
    """The feed with one alert rule."""
    contract = CONTRACTS["traffic_sensors"]
    stands = next(rule for rule in contract.alerts if rule.name == "traffic_stands")
    return replace(contract, alerts=(replace(stands, condition=condition),), **changes)


def alerting(lake: LakeSettings, lease: Lease, topic: Topic, *contracts: Contract) -> Live:
    """A live thread's work with the alerts of these feeds, of each of which one record that alerts is read."""
    rules = {contract.topic.name: RecordAlerts(contract, row_schema(contract.fields)) for contract in contracts}
    opener = partial(AlertTable.open, lake=lake, lease=lease, topic=topic, rules=rules, windows={})
    live = fed([Outlet("alerts", tuple(rules), False, opener)], lake, lease, contracts)
    send(live, "incidents", severity="critical", type="fire")
    send(live, "traffic_sensors", speed_kmh=1)
    return live


def fed(outlets: list[Outlet], lake: LakeSettings, lease: Lease, contracts: Sequence[Contract]) -> Live:
    """All topics are read from their beginning."""
    feeds = LiveFeeds({contract.topic.name for contract in contracts}, lake, None, lambda: False)
    feeds.begin([Reading(contract) for contract in contracts])
    for feed in feeds.known().values():
        feed.begin({0: 0})
    return Live(outlets, feeds, lake, lease)


def send(live: Live, feed: str, **changes: Any) -> None:
    live.feeds.known()[CONTRACTS[feed].topic.name].offer([slice_of([json.dumps(example(feed, **changes)).encode()], 0, [NOON])])


def turns(live: Live, pool: ThreadPoolExecutor, count: int = 3) -> None:
    for _ in range(count):
        live._turn(pool, everything=True)


def told(lake: LakeSettings) -> list[str]:
    return sorted(DeltaTable(lake.table_uri("live.alerts")).to_pyarrow_table(columns=["alert_id"])["alert_id"].to_pylist())


UNRUNNABLE = {
    "its alerts": traffic("bround(speed_kmh) < 5"),
    "its quality": traffic(rules=(Rule("odd", "bround(speed_kmh) < 500"),)),
}


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("contract", UNRUNNABLE.values(), ids=UNRUNNABLE.keys())
def test_rule_that_cannot_be_run_stops_the_alerts_of_its_own_feed_alone(
    contract: Contract, lake: LakeSettings, lease: Lease, topic: Topic, pool: ThreadPoolExecutor
) -> None:
    live = alerting(lake, lease, topic, CONTRACTS["incidents"], contract)

    turns(live, pool)

    assert (topic.sent, told(lake)) == ([INCIDENT], [INCIDENT])
    assert "bround" in live.failed()["live.alerts"]
    assert _live(live.figures["alerts"]).last_error == live.failed()["live.alerts"]  # as the driver publishes it
    table = DeltaTable(lake.table_uri("live.alerts"))
    assert [transaction_offsets(table, f"id-of-{name}", (0,)) for name in ("incidents", "traffic-sensors")] == [{0: 1}, {}]


@pytest.mark.usefixtures("at_once")
def test_feed_that_failed_is_tried_again_and_goes_on_where_it_stopped(
    lake: LakeSettings, lease: Lease, topic: Topic, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = alerting(lake, lease, topic, CONTRACTS["incidents"], traffic())
    feed = live.feeds.known()["traffic-sensors"]
    sound, failures = feed.read, [StoreError("the store is away", where="bronze.traffic_sensors")] * 2
    monkeypatch.setattr(feed, "read", lambda positions: _raise(failures.pop()) if failures else sound(positions))

    turns(live, pool, 2)
    assert (told(lake), list(live.failed())) == ([INCIDENT], ["live.alerts"])

    turns(live, pool, 2)
    assert (topic.sent, told(lake), live.failed()) == ([INCIDENT, JAM], [INCIDENT, JAM], {})


def test_feed_that_failed_is_not_read_again_at_once(lake: LakeSettings, lease: Lease, topic: Topic, pool: ThreadPoolExecutor) -> None:
    live = alerting(lake, lease, topic, CONTRACTS["incidents"], UNRUNNABLE["its quality"])
    turns(live, pool)
    assert live._outlets[0].resting["traffic-sensors"].failures == 1


@pytest.mark.usefixtures("at_once")
def test_rule_about_windows_that_cannot_be_run_stops_the_alerts_of_its_own_feed_alone(
    lake: LakeSettings, lease: Lease, topic: Topic, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which columns a live table has is known to the stream alone."""
    monkeypatch.setattr(outlets, "AlertTopic", lambda kafka: topic)
    metrics = CONTRACTS["metrics"]
    mistyped = replace(metrics, alerts=tuple(replace(rule, condition="avg_cpu > 90") for rule in metrics.alerts))
    contracts = [mistyped, CONTRACTS["incidents"]]
    live = fed(outlets.outlets_of(contracts, KafkaSettings("127.0.0.1:1"), lake, lease), lake, lease, contracts)
    send(live, "metrics", cpu_pct=99)
    turns(live, pool, 2)
    send(live, "incidents", severity="critical", type="fire")
    turns(live, pool)

    assert (topic.sent, told(lake)) == ([INCIDENT], [INCIDENT])
    assert list(live.failed()) == ["live.alerts"]
    assert "avg_cpu" in live.failed()["live.alerts"]


def _raise(error: Exception) -> None:
    raise error
