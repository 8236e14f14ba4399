"""Live tables hold what was sent, each record once, whoever is killed and whatever is read twice."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from confluent_kafka import Producer

from include.catalog import live_tables
from include.contracts import load_contracts
from include.delta_log import open_table
from jobs.common.records import RecordReader
from jobs.common.windows import window_table
from jobs.produce.feeds import records
from jobs.stream.fold import Fold
from tests.integration.streams import Streams, eventually

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

CONTRACTS = load_contracts().feeds
TABLES = live_tables(CONTRACTS.values())
START = datetime(2026, 3, 1, 9, tzinfo=UTC)


def send(streams: Streams, count: int, seed: int, start: datetime = START) -> None:
    """Records of every feed with times of the two hours from `start`; one in fifty breaks its contract."""
    producer = Producer(streams.kafka.client(linger_ms=5))
    for contract in CONTRACTS.values():
        for number, record in enumerate(records(contract, seed=seed, count=count, start=start, end=start + timedelta(hours=2))):
            value = b'{"no": "such fields"}' if number % 50 == 7 else record.value
            producer.produce(record.topic, value, record.key)
    assert producer.flush(60) == 0


def whole(streams: Streams, name: str) -> pa.Table:
    """The live table as bronze says that it should be, computed at once."""
    fold = Fold(window_table(name))
    parts = []
    for contract in TABLES[name]:
        table = open_table(streams.lake, contract.bronze)
        assert table is not None
        bronze = table.to_pyarrow_table(columns=["value", "event_time", "offset", "partition"])
        judged = RecordReader(contract).judge(bronze["value"].to_pylist())
        kept = bronze.take(pa.array(judged.places, pa.int64()))
        rows = judged.rows.append_column("_time", kept["event_time"].cast(pa.int64()))
        parts.append(fold.parts(rows.append_column("_offset", kept["offset"]).append_column("_partition", kept["partition"])))
    return fold.fold(fold.schema.empty_table(), parts)


def as_rows(table: pa.Table) -> list[tuple[object, ...]]:
    """What people read, in an order that does not depend on the commits."""
    names = [name for name in table.column_names if not name.startswith("_")]
    return sorted((tuple(row.values()) for row in table.select(names).to_pylist()), key=repr)


def differing(streams: Streams) -> list[str]:
    found = []
    for name in TABLES:
        table = open_table(streams.lake, f"live.{name}")
        assert table is not None
        live, expected = as_rows(table.to_pyarrow_table()), as_rows(whole(streams, name))
        if live != expected or not live:
            found.append(f"{name}: {len(live)} rows, not {len(expected)}: {[row for row in live if row not in expected][:2]}")
    return found


def test_every_window_counts_every_record_once(streams: Streams) -> None:
    send(streams, 400, seed=1)
    assert streams.drain() == 0
    send(streams, 300, seed=2)
    assert streams.drain() == 0

    assert streams.differences() == {}
    assert differing(streams) == []


def test_killed_drivers_leave_windows_right(driver_streams: Streams) -> None:
    for seed in (3, 4, 5):
        driver_streams.run()
        eventually(driver_streams.running, "a driver runs")
        send(driver_streams, 300, seed=seed, start=START + timedelta(hours=seed))
        eventually(lambda: any_newer(driver_streams), "a live table is committed")
        driver_streams.kill_driver()
        send(driver_streams, 100, seed=seed + 10)

    assert driver_streams.drain() == 0

    assert differing(driver_streams) == []


def any_newer(streams: Streams) -> bool:
    """Whether a live table was committed within the last second."""
    tables = [open_table(streams.lake, f"live.{name}") for name in TABLES]
    newest = max((table.history(1)[0]["timestamp"] for table in tables if table is not None), default=0)
    return time.time() - newest / 1000 < 1


def test_table_that_is_lost_is_filled_again_from_bronze(driver_streams: Streams) -> None:
    send(driver_streams, 100, seed=6)
    assert driver_streams.drain(HEADWATER_STREAM_LIVE="0") == 0
    assert open_table(driver_streams.lake, "live.traffic_5m") is None

    assert driver_streams.drain() == 0

    assert differing(driver_streams) == []
