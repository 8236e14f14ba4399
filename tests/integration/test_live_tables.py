"""Live tables hold what was sent, each record once, whoever is killed and whatever is read twice."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pytest
from confluent_kafka import Consumer, TopicPartition

from include.contracts import load_contracts
from include.delta_log import open_table
from include.kafka import all_end_offsets, topic_ids
from include.streams import state
from jobs.common.records import RecordReader
from tests.integration.live_tables import CONTRACTS, TABLES, differing, send
from tests.integration.streams import GROUP, Streams, eventually

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]


def test_every_window_counts_every_record_once(streams: Streams, tmp_path: Path) -> None:
    by_driver = streams.environment["HEADWATER_STREAM_WRITER"] == "driver"
    # Spark's writer takes half a minute for a table, whatever is in it: beside it, the feeds of three live tables. What a second start of
    # it does is test_stream_records' to say.
    feeds = CONTRACTS if by_driver else ("traffic_sensors", "clicks", "views")
    names = TABLES if by_driver else ("traffic_5m", "mobility_5m", "item_engagement_1m")
    for seed in (1, 2) if by_driver else (1,):
        send(streams, 300, seed)
        assert streams.drain(HEADWATER_STREAM_LIVE="1", HEADWATER_CONTRACTS=str(contracts_of(feeds, tmp_path))) == 0

    assert streams.differences(*feeds) == {}
    assert differing(streams, names=names) == []


def contracts_of(feeds: Iterable[str], folder: Path) -> Path:
    """A folder with the contracts of these feeds alone, and of what goes out."""
    for contract in [*(CONTRACTS[feed] for feed in feeds), *load_contracts().outgoing.values()]:
        target = folder / contract.path.parent.name / contract.path.name
        target.parent.mkdir(exist_ok=True)
        shutil.copy(contract.path, target)
    return folder


def test_table_that_is_lost_is_filled_again_from_bronze(driver_streams: Streams) -> None:
    send(driver_streams, 100, seed=6)
    assert driver_streams.drain(HEADWATER_STREAM_LIVE="0") == 0
    assert open_table(driver_streams.lake, "live.traffic_5m") is None

    assert driver_streams.drain() == 0

    assert differing(driver_streams) == []


def test_alerts_are_raised_once_for_each_cause(driver_streams: Streams) -> None:
    jam = {"sensor_id": "S1", "zone": "z", "vehicle_flow": 1, "occupancy_pct": 10.0, "data_quality": "good"}
    readings = [jam | {"timestamp": f"2026-03-02T10:00:{n:02}Z", "speed_kmh": speed} for n, speed in enumerate((4.9, 5.0, 60.0))]
    lines = [
        {"timestamp": "2026-03-02T10:00:01Z", "level": "ERROR" if n < 2 else "INFO", "module": "m", "message": "x", "request_id": f"r{n}"}
        for n in range(21)
    ]
    for seed in range(2):
        eventually(driver_streams.running, "a driver runs")
        driver_streams.send("traffic-sensors", [json.dumps(each | {"zone": f"z{seed}"}).encode() for each in readings])
        driver_streams.send("logs-application", [json.dumps(each | {"module": f"m{seed}"}).encode() for each in lines])
        eventually(lambda seed=seed: driver_streams.running() and f"m{seed}" in raised(driver_streams), "the window's alert is raised")
        driver_streams.kill_driver()
        state.set_desired(driver_streams.lake, GROUP, "running")
    assert driver_streams.drain() == 0

    assert differing(driver_streams, filled=False) == []
    assert expected_alerts(driver_streams) == sorted(alert["alert_id"] for alert in alerts(driver_streams).to_pylist())
    sent = sent_alerts(driver_streams)
    assert {alert["alert_id"] for alert in alerts(driver_streams).to_pylist()} <= {alert["alert_id"] for alert in sent}
    judged = RecordReader(load_contracts().outgoing["alerts"]).judge([json.dumps(alert).encode() for alert in sent])
    assert judged.reasons == {}


def alerts(streams: Streams) -> pa.Table:
    table = open_table(streams.lake, "live.alerts")
    return pa.table({"alert_id": [], "subject": []}) if table is None else table.to_pyarrow_table()


def raised(streams: Streams) -> set[str]:
    """What alerts are about."""
    return set(alerts(streams)["subject"].to_pylist())


def sent_alerts(streams: Streams) -> list[dict[str, object]]:
    """All messages of the topic."""
    end = all_end_offsets(streams.kafka, ["alerts"])["alerts"][0]
    consumer = Consumer(streams.kafka.client(group_id=uuid.uuid4().hex, enable_auto_commit=False))
    consumer.assign([TopicPartition("alerts", 0, 0)])
    found: list[dict[str, object]] = []
    while len(found) < end:
        found += [json.loads(record.value()) for record in consumer.consume(1000, timeout=1.0) if record.error() is None]
    consumer.close()
    return found


def expected_alerts(streams: Streams) -> list[str]:
    """The ids of what bronze's records and the live windows give by the rules as DOMAIN has them, said in Python."""
    found = []
    ids = topic_ids(streams.kafka, [contract.topic.name for contract in CONTRACTS.values()])
    for feed, rules in PLAIN_RULES.items():
        contract = CONTRACTS[feed]
        table = open_table(streams.lake, contract.bronze)
        assert table is not None
        rows = table.to_pyarrow_table(columns=["value", "partition", "offset"]).to_pylist()
        judged = RecordReader(contract).judge([row["value"] for row in rows])
        for place, fields in zip(judged.places, judged.rows.to_pylist(), strict=True):
            at = f"{contract.topic.name}/{ids[contract.topic.name]}/{rows[place]['partition']}/{rows[place]['offset']}"
            found += [f"{at}/{name}" for name, meets in rules.items() if meets(fields)]
    for name, (group, rule, meets) in PLAIN_WINDOW_RULES.items():
        table = open_table(streams.lake, f"live.{name}")
        assert table is not None
        found += [
            f"live.{name}/{row['window_start']:%Y-%m-%dT%H:%M:%SZ}/{row[group]}/{rule}"
            for row in table.to_pyarrow_table().to_pylist()
            if meets(row)
        ]
    return sorted(found)


PLAIN_RULES = {
    "traffic_sensors": {
        "traffic_stands": lambda row: row["speed_kmh"] < 5,
        "road_is_full": lambda row: row["occupancy_pct"] > 95,
        "reading_in_doubt": lambda row: row["data_quality"] != "good",
    },
    "public_transport": {"vehicle_is_full": lambda row: row["occupancy_pct"] > 90},
    "incidents": {"critical_incident": lambda row: row["severity"] == "critical"},
    "crypto_prices": {"price_moves": lambda row: abs(row["change_24h"]) > 10},
}
PLAIN_WINDOW_RULES = {
    "log_levels_1m": ("module", "module_fails", lambda row: row["log_count"] >= 20 and row["error_count"] / row["log_count"] > 0.05),
    "server_load_1m": ("server", "server_is_hot", lambda row: row["samples"] >= 3 and row["avg_cpu_pct"] > 90),
}
