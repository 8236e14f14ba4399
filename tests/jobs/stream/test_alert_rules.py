"""The alert rules of the contracts: what raises one, and what just does not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from include.catalog import LIVE, live_tables
from include.contracts import load_contracts
from include.contracts.model import AlertRule
from include.errors import ContractError
from jobs.common.records import RecordReader
from jobs.common.windows import window_table
from jobs.stream.alert_rules import RecordAlerts, WindowAlerts
from jobs.stream.alert_table import message
from jobs.stream.fold import Fold
from tests.jobs.examples import example

CONTRACTS = load_contracts()
NOON = 1_772_366_400_000_000  # 2026-03-01T12:00:00Z
QUIET: dict[str, dict[str, Any]] = {
    "traffic_sensors": {"speed_kmh": 5, "occupancy_pct": 95, "data_quality": "good"},
    "public_transport": {"occupancy_pct": 90},
    "incidents": {"severity": "high"},
    "crypto_prices": {"change_24h": -10},
}
RECORDS = [
    ("traffic_sensors", {"speed_kmh": 4.999}, "traffic_stands", "4.999"),
    ("traffic_sensors", {"occupancy_pct": 95.001}, "road_is_full", "95.001"),
    ("traffic_sensors", {"data_quality": "suspect"}, "reading_in_doubt", "suspect"),
    ("traffic_sensors", {"data_quality": "bad"}, "reading_in_doubt", "bad"),
    ("public_transport", {"occupancy_pct": 90.5}, "vehicle_is_full", "90.5"),
    ("incidents", {"severity": "critical", "type": "fire"}, "critical_incident", "fire"),
    ("crypto_prices", {"change_24h": 10.01}, "price_moves", "10.01"),
    ("crypto_prices", {"change_24h": -10.01}, "price_moves", "-10.01"),
]


def rows_of(feed: str, *changes: dict[str, Any], at: int = NOON) -> pa.Table:
    """Sound records with offsets from 0 on, all at one time."""
    values = [json.dumps(example(feed, **QUIET.get(feed, {}) | change)).encode() for change in changes]
    judged = RecordReader(CONTRACTS[feed]).judge(values)
    assert judged.reasons == {}
    number = len(values)
    return (
        judged.rows.append_column("_time", pa.array([at] * number, pa.int64()))
        .append_column("_offset", pa.array(range(number), pa.int64()))
        .append_column("_partition", pa.array([1] * number, pa.int32()))
    )


def of_records(feed: str, rows: pa.Table) -> list[dict[str, Any]]:
    return RecordAlerts(CONTRACTS[feed], rows.schema).of(rows, "an-id")


def of_windows(feed: str, name: str, rows: pa.Table) -> list[dict[str, Any]]:
    fold = Fold(window_table(name))
    found = fold.fold(fold.schema.empty_table(), [fold.parts(rows)])
    return WindowAlerts([CONTRACTS[feed]], name, fold.window.keys, fold.schema).of(found)


@pytest.mark.parametrize("feed", QUIET)
def test_record_at_the_bound_raises_nothing(feed: str) -> None:
    assert of_records(feed, rows_of(feed, {})) == []


@pytest.mark.parametrize(("feed", "change", "rule", "value"), RECORDS)
def test_record_beyond_the_bound_raises_its_alert(feed: str, change: dict[str, Any], rule: str, value: str) -> None:
    (alert,) = of_records(feed, rows_of(feed, {}, change))
    topic = CONTRACTS[feed].topic.name
    assert (alert["rule"], alert["alert_id"], alert["value"]) == (rule, f"{topic}/an-id/1/1/{rule}", value)
    assert (alert["topic"], alert["partition"], alert["offset"]) == (topic, 1, 1)


@pytest.mark.parametrize("condition", ["max(speed_kmh) > 200", "count(*) > 1", "bround(speed_kmh) < 5"])
def test_condition_that_cannot_be_asked_of_one_record_is_refused(condition: str) -> None:
    contract = CONTRACTS["traffic_sensors"]
    odd = replace(contract, alerts=(replace(contract.alerts[0], condition=condition), *contract.alerts[1:]))
    rows = rows_of("traffic_sensors", {}, {})
    with pytest.raises(ContractError, match="cannot run the expression traffic_stands"):
        RecordAlerts(odd, rows.schema).of(rows, "an-id")


def test_alert_of_a_huge_field_fits_the_topic_and_tells_it_from_another() -> None:
    names = ["s" * 1_000_000 + end for end in "ab"]
    alerts = of_records("traffic_sensors", rows_of("traffic_sensors", *[{"sensor_id": name, "speed_kmh": 1} for name in names]))
    hot = rows_of("metrics", *[{"server": name, "cpu_pct": 99} for name in names * 3])
    alerts += of_windows("metrics", "server_load_1m", hot)
    assert (len({alert["subject"] for alert in alerts}), len({alert["alert_id"] for alert in alerts}), len(alerts)) == (2, 4, 4)
    assert all(len(message(alert)) < 10_000 for alert in alerts)


def test_record_may_break_several_rules() -> None:
    rows = rows_of("traffic_sensors", {"speed_kmh": 1, "occupancy_pct": 99, "data_quality": "bad"})
    assert [alert["rule"] for alert in of_records("traffic_sensors", rows)] == ["traffic_stands", "road_is_full", "reading_in_doubt"]


@pytest.mark.parametrize(("lines", "errors", "raised"), [(20, 1, 0), (20, 2, 1), (19, 19, 0), (41, 2, 0), (39, 2, 1)])
def test_module_fails_above_a_share_of_enough_lines(lines: int, errors: int, raised: int) -> None:
    levels = ["ERROR"] * (errors - errors // 2) + ["CRITICAL"] * (errors // 2) + ["INFO"] * (lines - errors)
    rows = rows_of("logs_application", *[{"module": "m", "level": level} for level in levels])
    assert len(of_windows("logs_application", "log_levels_1m", rows)) == raised


@pytest.mark.parametrize(("cpu", "raised"), [((91, 91), 0), ((90, 90, 90), 0), ((89, 91, 90.1), 1), ((100, 100, 0), 0)])
def test_server_is_hot_above_a_mean_of_enough_samples(cpu: tuple[float, ...], raised: int) -> None:
    rows = rows_of("metrics", *[{"server": "s1", "cpu_pct": value} for value in cpu])
    assert len(of_windows("metrics", "server_load_1m", rows)) == raised


def test_alert_of_a_window_names_window_and_latest_record() -> None:
    rows = rows_of("metrics", *[{"server": "s1", "cpu_pct": 99}] * 3)
    (alert,) = of_windows("metrics", "server_load_1m", rows)
    assert alert["alert_id"] == "live.server_load_1m/2026-03-01T12:00:00Z/s1/server_is_hot"
    assert (alert["offset"], alert["window_end"]) == (2, datetime(2026, 3, 1, 12, 1, tzinfo=UTC))


def test_rules_of_one_name_of_two_feeds_are_two_rules() -> None:
    """Both feeds fill the table; each contract knows only its own names."""
    name, condition = "item_engagement_1m", {"clicks": "clicks >= 2", "views": "views >= 1"}
    contracts = [
        replace(CONTRACTS[feed], alerts=(AlertRule("busy", "Busy.", "warning", condition[feed], f"'{feed}'", name),)) for feed in condition
    ]
    fold = Fold(window_table(name))
    parts = [fold.parts(rows_of(feed, {"item_id": 7})) for feed in condition]
    rows = fold.fold(fold.schema.empty_table(), parts)
    (alert,) = WindowAlerts(contracts, name, fold.window.keys, fold.schema).of(rows)
    assert (alert["feed"], alert["value"], alert["topic"]) == ("views", "views", "views")
    assert alert["alert_id"] == "live.item_engagement_1m/2026-03-01T12:00:00Z/7/views/busy"


def test_last_window_of_all_alerts_without_an_end() -> None:
    rows = rows_of("metrics", *[{"server": "s1", "cpu_pct": 99}] * 3, at=253_402_300_790_000_000)
    (alert,) = of_windows("metrics", "server_load_1m", rows)
    assert (alert["window_end"], alert["window_start"].year) == (None, 9999)


def test_message_keeps_the_contract_of_its_topic() -> None:
    alerts = of_records("incidents", rows_of("incidents", {"severity": "critical"}))
    alerts += of_windows("metrics", "server_load_1m", rows_of("metrics", *[{"cpu_pct": 99}] * 3))
    assert RecordReader(CONTRACTS.outgoing["alerts"]).judge([message(alert) for alert in alerts]).reasons == {}


@pytest.mark.parametrize("name", LIVE)
def test_rules_about_windows_can_be_run(name: str) -> None:
    contracts = [CONTRACTS[feed] for feed in live_tables(CONTRACTS.feeds)[name]]
    fold = Fold(window_table(name))
    alerts = WindowAlerts(contracts, name, fold.window.keys, fold.schema)
    assert (alerts.refused, alerts.of(fold.schema.empty_table())) == ({}, [])


def test_every_window_that_a_rule_names_is_a_live_table_of_its_feed() -> None:
    tables = live_tables(CONTRACTS.feeds)
    named = [(contract.feed, rule.window) for contract in CONTRACTS.feeds.values() for rule in contract.alerts if rule.window]
    assert [(feed, window) for feed, window in named if feed not in tables.get(window, ())] == []
