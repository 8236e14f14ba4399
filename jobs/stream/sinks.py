"""The two ways from a micro-batch to the tables: buffers on the driver (default), and Spark's distributed writer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import pyarrow as pa
from pyspark.sql import Column, DataFrame
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
    tasks: int  # that read a small micro-batch, each a few partitions one after the other

    def receive(self, frame: DataFrame) -> pa.Table:
        """Of a small micro-batch, a task for each partition costs more than its handful of records; so does the code that Spark writes
        anew for each partition, to turn Kafka's records into rows."""
        many = self.group.reader.behind()
        frame.sparkSession.conf.set("spark.sql.codegen.factoryMode", "FALLBACK" if many else "NO_CODEGEN")
        return (frame if many else frame.coalesce(self.tasks)).toArrow()

    def deliver(self, received: pa.Table) -> tuple[int, int]:
        found = slices(received)
        for topic, feed in self.group.confirmed(found).items():
            feed.offer(found[topic])
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
        feeds = dict(self.group.feeds)
        missing = received.where(_lacking(feeds)).persist()
        try:
            found = (
                missing.groupBy("topic", "partition")
                .agg((F.max("offset") + 1).alias("next"), F.count("*").alias("rows"), F.sum(F.length("value")).alias("bytes"))
                .collect()
            )
            confirmed = self.group.confirmed({row.topic for row in found})
            with ThreadPoolExecutor(SPARK_WRITERS, thread_name_prefix="spark-commit") as pool:
                writing = []
                for topic in confirmed:
                    of_topic = [row for row in found if row.topic == topic]
                    ends, count = {row.partition: row.next for row in of_topic}, sum(row.rows for row in of_topic)
                    writing.append(pool.submit(self._write, topic, confirmed[topic], missing.where(F.col("topic") == topic), ends, count))
                for each in writing:
                    each.result()
        finally:
            missing.unpersist()
        self.group.read_something()
        return sum(row.rows for row in found), sum(row.bytes or 0 for row in found)

    def wait_for_room(self, given_up: Callable[[], bool]) -> None:
        return

    def _write(self, topic: str, feed: FeedStream, rows: DataFrame, ends: Mapping[int, int], count: int) -> None:
        self.group.attempt(topic, feed, lambda: feed.commit_frame(rows, ends, count))


def _lacking(feeds: Mapping[str, FeedStream]) -> Column:
    """The condition for the rows that their tables lack."""
    of_feeds = [
        (F.col("topic") == topic) & (F.col("partition") == number) & (F.col("offset") >= feed.next_offsets.get(number, 0))
        for topic, feed in feeds.items()
        for number in feed.partitions
    ]
    return reduce(lambda one, other: one | other, of_feeds, F.lit(False))
