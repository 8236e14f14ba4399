"""Live tables as bronze says that they should be."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from confluent_kafka import Producer

from include.catalog import live_tables
from include.contracts import load_contracts
from include.delta_log import open_table
from jobs.common.records import RecordReader
from jobs.common.windows import window_table
from jobs.produce.feeds import records
from jobs.stream.fold import Fold
from tests.integration.streams import Streams

CONTRACTS = load_contracts().feeds
TABLES = live_tables(CONTRACTS)
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
    for contract in (CONTRACTS[feed] for feed in TABLES[name]):
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


def differing(streams: Streams, filled: bool = True, names: Iterable[str] = TABLES) -> list[str]:
    """Which of these live tables are not what bronze says or, with `filled`, have no row."""
    found = []
    for name in names:
        table = open_table(streams.lake, f"live.{name}")
        assert table is not None
        live, expected = as_rows(table.to_pyarrow_table()), as_rows(whole(streams, name))
        if live != expected or (filled and not live):
            found.append(f"{name}: {len(live)} rows, not {len(expected)}: {[row for row in live if row not in expected][:2]}")
    return found
