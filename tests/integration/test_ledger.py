"""The ledger over a real driver's tables: what producers gave up is proven by Kafka, and what somebody takes away is named."""

from __future__ import annotations

import io
import json
import uuid

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from confluent_kafka import Producer

from include.contracts import load_contracts
from include.delta_log import open_table
from include.kafka import all_end_offsets
from include.objects import client
from include.settings import KafkaSettings
from jobs.audit.partitions import PartitionLedger
from jobs.audit.run import audit
from jobs.audit.verdict import FeedAudit
from tests.integration.streams import Streams

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

FEED = "ratings"


def audited(streams: Streams, kafka: KafkaSettings | None) -> FeedAudit:
    (found,) = audit(streams.lake, [load_contracts()[FEED]], kafka).feeds
    return found


def of_partition_0(found: FeedAudit) -> PartitionLedger:
    """The partition that the test writes to; a data file may have rows of another one too, where other tests have sent records."""
    return next(each for each in found.partitions if each.partition == 0)


def send_in_transactions(streams: Streams) -> tuple[int, int]:
    """Two records committed, three aborted, one committed; the first of their offsets, and Kafka's end after them."""
    first = all_end_offsets(streams.kafka, [FEED])[FEED][0]
    producer = Producer(streams.kafka.client(transactional_id=uuid.uuid4().hex))
    producer.init_transactions(60)
    for records, end in ((2, producer.commit_transaction), (3, producer.abort_transaction), (1, producer.commit_transaction)):
        producer.begin_transaction()
        for _ in range(records):
            producer.produce(FEED, b"{}", partition=0)
        producer.flush(60)
        end(60)
    return first, all_end_offsets(streams.kafka, [FEED])[FEED][0]


def take_a_row(streams: Streams) -> tuple[str, int]:
    """Takes the first row of partition 0 out of its data file, in its place; the file's path and the row's offset."""
    lake = streams.lake
    table = open_table(lake, f"bronze.{FEED}")
    assert table is not None
    path, key = next(each for each in _data_files(streams, table) if 0 in _rows(streams, each[1])["partition"].to_pylist())
    rows = _rows(streams, key)
    offset = rows.filter(pc.equal(rows["partition"], 0))["offset"][0].as_py()
    taken = rows.filter(pc.invert(pc.and_(pc.equal(rows["partition"], 0), pc.equal(rows["offset"], offset))))
    written = io.BytesIO()
    pq.write_table(taken, written)
    client(lake).put_object(Bucket=lake.bucket, Key=key, Body=written.getvalue())
    return path, offset


def _data_files(streams: Streams, table) -> list[tuple[str, str]]:  # type: ignore[no-untyped-def]
    prefix = f"{streams.lake.prefix}bronze/{FEED}/"
    return [(path, prefix + path) for path in pa.table(table.get_add_actions())["path"].to_pylist()]


def _rows(streams: Streams, key: str) -> pa.Table:
    return pq.ParquetFile(io.BytesIO(client(streams.lake).get_object(Bucket=streams.lake.bucket, Key=key)["Body"].read())).read()


def test_transactions_are_proven_gaps_and_a_row_that_is_taken_away_is_named(driver_streams: Streams):
    streams = driver_streams
    first, end = send_in_transactions(streams)
    streams.send(FEED, [json.dumps({"n": n}).encode() for n in range(20)], partition=0)
    assert streams.drain() == 0

    found = audited(streams, streams.kafka)
    assert found.findings == ()
    ledger = of_partition_0(found)
    here = {reason: [offset - first for offset in offsets if first <= offset < end] for reason, offsets in ledger.gaps.items()}
    # c c m | a a a m | c m, where each m is the marker that ends a transaction
    assert here == {"aborted": [3, 4, 5], "transaction markers": [2, 6, 8]}
    assert ledger.is_closed

    again = audited(streams, None)
    assert (again.findings, again.files_read) == ((), 0)  # proven once, known for ever

    path, offset = take_a_row(streams)
    missing, rewritten = of_partition_0(audited(streams, streams.kafka)).findings
    assert f"offset {offset} missing: Kafka has the record" in missing
    assert path in rewritten
