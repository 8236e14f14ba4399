"""A single-purpose ingester without Spark: one confluent-kafka consumer, delta-rs appends in threads, the offsets in the commit.

It does this one job as fast as two cores can: it commits a topic as soon as its previous commit is done when it keeps up, and
many records at once when it is behind. It has no lease, no compaction, no state, no times out of the payload: it is a yardstick.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
from confluent_kafka import Consumer, Message, TopicPartition
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction, write_deltalake

from benchmarks.turn import wait_for_turn
from include.contracts import load_contracts
from include.kafka import topic_partitions
from include.settings import KafkaSettings, LakeSettings

COMMIT_THREADS = 3
READ_RECORDS, READ_SECONDS = 10_000, 0.02
# While it is behind, a commit is worth its price from so many records on, and none waits for longer than that.
ENOUGH_RECORDS, LONGEST_WAIT_SECONDS = 40_000, 1.0
MOST_BUFFERED_RECORDS = 250_000
AFTER_COMMIT = PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False)

MICROSECONDS = pa.timestamp("us", tz="UTC")
HEADER = pa.struct([("key", pa.string()), ("value", pa.binary())])
SCHEMA = pa.schema(
    [
        ("key", pa.binary()),
        ("value", pa.binary()),
        ("headers", pa.list_(HEADER)),
        ("topic", pa.string()),
        ("partition", pa.int32()),
        ("offset", pa.int64()),
        ("timestamp", MICROSECONDS),
        ("timestamp_type", pa.int32()),
        ("ingested_at", MICROSECONDS),
        ("event_time", MICROSECONDS),
        ("event_date", pa.date32()),
    ]
)


def to_arrow(messages: list[Message]) -> pa.Table:
    """Bronze's columns; event_time is the record's timestamp."""
    kinds, times = zip(*[message.timestamp() for message in messages], strict=True)
    timestamp = pa.array(times, pa.timestamp("ms", tz="UTC")).cast(MICROSECONDS)
    headers = [message.headers() or () for message in messages]
    edges = [0]
    for each in headers:
        edges.append(edges[-1] + len(each))
    names, values = [name for each in headers for name, _ in each], [value for each in headers for _, value in each]
    pairs = pa.StructArray.from_arrays([pa.array(names, pa.string()), pa.array(values, pa.binary())], fields=list(HEADER))
    columns = [
        pa.array([message.key() for message in messages], pa.binary()),
        pa.array([message.value() for message in messages], pa.binary()),
        pa.ListArray.from_arrays(pa.array(edges, pa.int32()), pairs),
        pa.repeat(pa.scalar(messages[0].topic()), len(messages)),
        pa.array([message.partition() for message in messages], pa.int32()),
        pa.array([message.offset() for message in messages], pa.int64()),
        timestamp,
        pc.subtract(pa.array(kinds, pa.int32()), 1),
        pa.repeat(pa.scalar(datetime.now(UTC), MICROSECONDS), len(messages)),
        timestamp,
        timestamp.cast(pa.date32()),
    ]
    return pa.table(columns, schema=SCHEMA)


@dataclass
class Topic:
    """A topic's table, where it is, and what was read for it and is not yet committed."""

    name: str
    table: DeltaTable
    next_offsets: dict[int, int]
    pending: list[Message] = field(default_factory=list)
    since: float = 0.0
    commit: Future[int] | None = None
    guard: threading.Lock = field(default_factory=threading.Lock)  # of what is pending

    @classmethod
    def open(cls, lake: LakeSettings, name: str, address: str, partitions: Iterable[int]) -> Topic:
        table = DeltaTable.create(
            lake.table_uri(address), SCHEMA, mode="ignore", partition_by=["event_date"], storage_options=lake.delta_options()
        )
        return cls(name, table, {number: table.transaction_version(f"{name}-{number}") or 0 for number in partitions})

    def add(self, messages: list[Message]) -> None:
        with self.guard:
            self.since = self.since if self.pending else time.monotonic()
            self.pending += messages

    def take(self) -> list[Message]:
        with self.guard:
            taken, self.pending = self.pending, []
            return taken

    def due(self, behind: bool) -> bool:
        if not self.pending or self.commit is not None:
            return False
        return not behind or len(self.pending) >= ENOUGH_RECORDS or time.monotonic() - self.since > LONGEST_WAIT_SECONDS

    def write(self) -> int:
        """One commit with the rows and the offsets after them: a start reads on from there, so nothing is lost or written twice."""
        messages = self.take()
        offsets = self.next_offsets | {message.partition(): message.offset() + 1 for message in messages}
        transactions = [Transaction(f"{self.name}-{number}", offset) for number, offset in offsets.items()]
        write_deltalake(
            self.table,
            to_arrow(messages),
            mode="append",
            commit_properties=CommitProperties(app_transactions=transactions),
            post_commithook_properties=AFTER_COMMIT,
        )
        self.next_offsets = offsets
        return len(messages)


class Ingester:
    """Reads in the calling thread, commits in a few others."""

    def __init__(self, kafka: KafkaSettings, topics: dict[str, Topic]) -> None:
        self._topics = topics
        self._uncommitted = 0
        self._consumer = Consumer(
            kafka.client(group_id="direct", enable_auto_commit=False, fetch_wait_max_ms=100, fetch_queue_backoff_ms=20)
        )
        self._consumer.assign(
            [TopicPartition(topic.name, number, offset) for topic in topics.values() for number, offset in topic.next_offsets.items()]
        )

    def run(self) -> None:
        """For ever; raises what a commit or the consumer raises."""
        with ThreadPoolExecutor(COMMIT_THREADS) as pool:
            while True:
                full = self._uncommitted >= MOST_BUFFERED_RECORDS
                messages = [] if full else self._read()
                for topic in sorted(self._topics.values(), key=lambda topic: topic.since):
                    self._settle(topic)
                    if topic.due(behind=len(messages) == READ_RECORDS):
                        topic.commit = pool.submit(topic.write)
                if full:
                    time.sleep(0.005)

    def _read(self) -> list[Message]:
        messages = self._consumer.consume(READ_RECORDS, READ_SECONDS)
        found: dict[str, list[Message]] = defaultdict(list)
        for message in messages:
            if message.error():
                raise RuntimeError(message.error())
            found[message.topic()].append(message)
        for name, own in found.items():
            self._topics[name].add(own)
        self._uncommitted += len(messages)
        return messages

    def _settle(self, topic: Topic) -> None:
        if topic.commit is not None and topic.commit.done():
            self._uncommitted -= topic.commit.result()
            topic.commit = None


def main() -> None:
    kafka, lake = KafkaSettings.from_environment(), LakeSettings.from_environment()
    contracts = load_contracts().feeds.values()
    wait_for_turn()
    partitions = topic_partitions(kafka, [contract.topic.name for contract in contracts])
    with ThreadPoolExecutor(COMMIT_THREADS) as pool:
        opened = pool.map(
            lambda contract: Topic.open(lake, contract.topic.name, contract.bronze, partitions[contract.topic.name]), contracts
        )
        topics = {topic.name: topic for topic in opened}
    Ingester(kafka, topics).run()


if __name__ == "__main__":
    main()
