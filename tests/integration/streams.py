"""A stream group of a test's own: topics, a lake and drivers, and what must be true of its bronze tables."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from drills.drivers import GROUP as GROUP  # tests take it from here
from drills.drivers import Drivers
from include.contracts import Contract, load_contracts
from include.delta_log import open_table, transaction_offsets
from include.kafka import all_end_offsets, topic_ids
from local.draining import Drain

PATIENCE_SECONDS = 300.0


def eventually(condition: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Waits for a condition; the limit is for a machine with other load. Asking takes a quarter of the time at most: what asks takes it
    from what is waited for."""
    until = time.monotonic() + seconds
    asked = time.monotonic()
    while not condition():
        assert time.monotonic() < until, f"not within {seconds:.0f} s: {what}"
        time.sleep(max(0.25, 3 * (time.monotonic() - asked)))
        asked = time.monotonic()


class Streams(Drivers):
    """Drivers on a lake of the test's own, over the topics of the shared broker."""

    @cached_property
    def contracts(self) -> Mapping[str, Contract]:
        """Read once: that takes a quarter of a second, and whoever waits asks four times a second."""
        return load_contracts().feeds

    def drain(self, **more: str) -> int:
        """Runs a driver with --available-now to its end; its exit code."""
        return self.run("--available-now", **more).wait(PATIENCE_SECONDS)

    def send(self, topic: str, values: list[bytes | None], **more) -> None:
        """Produces and waits until the broker has acknowledged every record."""
        producer = Producer(self.kafka.client(linger_ms=5))
        for value in values:
            producer.produce(topic, value, **more)
        assert producer.flush(60) == 0

    def rows(self, feed: str, columns: list[str] | None = None) -> pa.Table:
        table = open_table(self.lake, f"bronze.{feed}")
        none = {"topic_id": pa.array([], pa.string()), "partition": [], "offset": []}
        return pa.table(none) if table is None else table.to_pyarrow_table(columns=columns)

    def landed(self, *feeds: str) -> bool:
        """Whether the table of every feed, or of these, says that it has read its topic to the end."""
        ids = topic_ids(self.kafka, [contract.topic.name for contract in self.contracts.values()])
        for feed, ends in self.ends(*feeds).items():
            table, topic = open_table(self.lake, f"bronze.{feed}"), self.contracts[feed].topic.name
            read = {} if table is None else transaction_offsets(table, ids[topic], ends)
            if any(read.get(number, 0) < end for number, end in ends.items()):
                return False
        return True

    def ends(self, *feeds: str) -> dict[str, dict[int, int]]:
        """Feed → partition → Kafka's end offset; of all feeds, or of these."""
        contracts = {feed: contract for feed, contract in self.contracts.items() if not feeds or feed in feeds}
        ends = all_end_offsets(self.kafka, [contract.topic.name for contract in contracts.values()])
        return {feed: ends[contract.topic.name] for feed, contract in contracts.items()}

    def differences(self, *feeds: str) -> dict[str, str]:
        """Feed → how its bronze differs from what a plain consumer reads of the topic that there is now: empty when each record is
        there exactly once."""
        found = {}
        ends = {self.contracts[feed].topic.name: of_feed for feed, of_feed in self.ends(*feeds).items()}
        ids, held = topic_ids(self.kafka, list(ends)), self._held(ends)
        for feed in feeds or self.contracts:
            topic = self.contracts[feed].topic.name
            rows = self.rows(feed, ["topic_id", "partition", "offset"])
            rows = rows.filter(pc.equal(rows["topic_id"], ids[topic]))
            for number in ends[topic]:
                offsets = sorted(rows.filter(pc.equal(rows["partition"], number))["offset"].to_pylist())
                if offsets != held[topic, number]:
                    found[f"{feed}-{number}"] = f"{len(offsets)} rows, {len(set(offsets))} offsets, of {len(held[topic, number])} records"
        return found

    def _held(self, ends: Mapping[str, Mapping[int, int]]) -> dict[tuple[str, int], list[int]]:
        """Topic and partition → the offsets of its records."""
        consumer = Consumer(self.kafka.client(group_id=uuid.uuid4().hex, enable_auto_commit=False, enable_partition_eof=True))
        held: dict[tuple[str, int], list[int]] = {(topic, number): [] for topic, numbers in ends.items() for number in numbers}
        consumer.assign([TopicPartition(topic, number, 0) for topic, number in held])
        open_partitions = set(held)
        while open_partitions:
            for record in consumer.consume(1000, timeout=0.5):
                if record.error() is None:
                    held[record.topic(), record.partition()].append(record.offset())
                elif record.error().code() == KafkaError._PARTITION_EOF:
                    open_partitions.discard((record.topic(), record.partition()))
                else:
                    raise KafkaException(record.error())
        consumer.close()
        return held


def run_by_command(streams: Streams) -> list[str]:
    """What `headwater run stream --available-now` says."""
    said: list[str] = []
    Drain(GROUP, tuple(load_contracts().feeds.values()), streams.environment, streams.log_directory, said.append).run()
    return said


@contextmanager
def streams_of(environment: Mapping[str, str], directory: Path, **more: str) -> Iterator[Streams]:
    """Streams over a lake prefix that no other test has."""
    own = {"LAKE_URI": f"{environment['LAKE_URI']}/{uuid.uuid4().hex[:12]}", "HEADWATER_LOG_DIR": str(directory)}
    mine = {**environment, **own, **more}
    streams = Streams({name: value for name, value in mine.items() if name != "SPARK_REMOTE"}, directory)
    try:
        yield streams
    finally:
        streams.stop()
