"""Kafka's records in bronze by both writers, whatever they hold: each is one row."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime

import pytest
from confluent_kafka import Producer

from include.delta_log import open_table, rows_by_day, transaction_offsets
from include.kafka import all_end_offsets, topic_ids
from tests.integration.streams import Streams, eventually

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]


def metric(n: int, when: str = "2026-03-01T10:00:00Z") -> bytes:
    return json.dumps({"server": f"s{n}", "timestamp": when, "cpu_pct": 1.0, "memory_pct": 2.0}).encode()


def test_every_record_is_one_bronze_row(streams: Streams):
    before = all_end_offsets(streams.kafka, ["metrics"])["metrics"][0]
    sent_at = int(datetime(2026, 2, 3, 4, 5, 6, 789000, UTC).timestamp() * 1000)
    odd: list[bytes | None] = [
        metric(1),
        metric(2, "1999-12-31T23:59:59.999999+02:00"),
        metric(3, "2031-01-01 00:00:00"),
        metric(4, "yesterday"),
        b"\xff\xfe no json \x00",
        b"[]",
        b"",
        None,
        b'{"pad": "' + b"x" * 900_000 + b'"}',
    ]
    headers = [("trace", b"\x00\x01"), ("empty", None)]
    for number, value in enumerate(odd):
        streams.send("metrics", [value], partition=0, timestamp=sent_at, key=None if number % 2 else b"k\xff", headers=headers)

    assert streams.drain() == 0

    assert streams.differences() == {}
    rows = [row for row in streams.rows("metrics").sort_by("offset").to_pylist() if row["partition"] == 0 and row["offset"] >= before]
    assert [row["value"] for row in rows] == odd
    assert [row["key"] for row in rows] == [None if number % 2 else b"k\xff" for number in range(len(odd))]
    assert rows[0]["headers"] == [{"key": "trace", "value": b"\x00\x01"}, {"key": "empty", "value": None}]
    fallback = datetime(2026, 2, 3, 4, 5, 6, 789000, UTC)
    assert [row["timestamp"] for row in rows] == [fallback] * len(odd)
    assert [row["event_time"] for row in rows[:4]] == [
        datetime(2026, 3, 1, 10, tzinfo=UTC),
        datetime(1999, 12, 31, 21, 59, 59, 999999, UTC),
        datetime(2031, 1, 1, tzinfo=UTC),
        fallback,
    ]
    assert {row["event_time"] for row in rows[4:]} == {fallback}
    assert rows[1]["event_date"] == date(1999, 12, 31)
    assert date(2031, 1, 1) in rows_by_day(streams.lake, "bronze.metrics")


@pytest.mark.parametrize("lake_of_a_writer", ["driver", "executors"], indirect=True)
def test_a_start_without_any_local_file_goes_on_from_the_offsets_in_the_tables_own_log(streams: Streams):
    streams.send("views", [b"{}"] * 50)
    assert streams.drain() == 0
    streams.send("views", [b"{}"] * 7)

    assert streams.drain() == 0

    assert streams.differences() == {}
    table = open_table(streams.lake, "bronze.views")
    ends = all_end_offsets(streams.kafka, ["views"])["views"]
    assert table is not None
    assert transaction_offsets(table, topic_ids(streams.kafka, ["views"])["views"], ends) == ends


@pytest.mark.parametrize("ending", ["while it runs", "as it ends"])
def test_a_transactions_marker_counts_as_read(streams: Streams, ending: str):
    producer = Producer(streams.kafka.client(transactional_id=uuid.uuid4().hex))
    producer.init_transactions(60)
    for outcome in (producer.commit_transaction, producer.abort_transaction, producer.commit_transaction):
        producer.begin_transaction()
        producer.produce("ratings", b"{}", partition=0)
        producer.flush(60)
        outcome(60)

    if ending == "as it ends":
        assert streams.drain() == 0
    else:
        streams.run()

    eventually(streams.landed, "the markers' offsets are committed, too")
    assert streams.differences() == {}
