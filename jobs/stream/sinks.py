"""The two ways from a micro-batch to the tables: buffers on the driver (default), and Spark's distributed writer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.stream.feed import FeedStream
from jobs.stream.read import slices

if TYPE_CHECKING:
    from jobs.stream.group import StreamGroup

SPARK_WRITERS = 4


@dataclass(frozen=True)
class BufferSink:
    """The micro-batch as Arrow on the driver, buffered per feed; the group's threads commit it with delta-rs."""

    group: StreamGroup

    def receive(self, frame: DataFrame) -> pa.Table:
        return frame.toArrow()

    def deliver(self, received: pa.Table) -> tuple[int, int]:
        for topic, found in slices(received).items():
            feed = self.group.feeds.get(topic)
            if feed is not None:  # what a parked feed gets is dropped, and read again when it is opened
                feed.offer(found)
        self.group.read_something()
        return received.num_rows, received.nbytes

    def wait_for_room(self, given_up: Callable[[], bool]) -> None:
        self.group.wait_for_room(given_up)


@dataclass(frozen=True)
class SparkSink:
    """Each feed's rows by Spark's Delta writer, inside the micro-batch: for groups that outgrow one driver's memory bandwidth."""

    group: StreamGroup

    def receive(self, frame: DataFrame) -> DataFrame:
        return frame

    def deliver(self, received: DataFrame) -> tuple[int, int]:
        received.persist()
        try:
            found = (
                received.groupBy("topic", "partition")
                .agg((F.max("offset") + 1).alias("next"), F.sum(F.length("value")).alias("bytes"))
                .collect()
            )
            ends: dict[str, dict[int, int]] = {}
            for row in found:
                ends.setdefault(row.topic, {})[row.partition] = row.next
            with ThreadPoolExecutor(SPARK_WRITERS, thread_name_prefix="spark-commit") as pool:
                rows = sum(pool.map(lambda topic: self._write(topic, ends[topic], received), ends))
        finally:
            received.unpersist()
        self.group.read_something()
        return rows, sum(row.bytes or 0 for row in found)

    def wait_for_room(self, given_up: Callable[[], bool]) -> None:
        return

    def _write(self, topic: str, ends: Mapping[int, int], frame: DataFrame) -> int:
        feed = self.group.feeds.get(topic)
        if feed is None:
            return 0
        missing = frame.where(_lacking(feed, topic, ends))
        count = missing.count()
        if count:
            self.group.attempt(topic, feed, lambda: feed.commit_frame(missing, ends, count))
        return count


def _lacking(feed: FeedStream, topic: str, ends: Mapping[int, int]):
    """The condition for the topic's rows that its table lacks."""
    beyond = [(F.col("partition") == number) & (F.col("offset") >= feed.next_offsets.get(number, 0)) for number in ends]
    return (F.col("topic") == topic) & reduce(lambda one, other: one | other, beyond)
