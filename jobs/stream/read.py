"""Kafka → records: the streaming query, and a micro-batch as slices of consecutive records per topic and partition."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery

from include.contracts import Contract
from include.settings import KafkaSettings
from jobs.common.times import iso_time
from jobs.stream.slices import Slice

FETCH = {
    # Reading tasks wait for the broker, they do not compute: short waits. Spark keeps a consumer per partition with what it fetched
    # and has not used: with 8 MB and 20,000 records each, 22 partitions filled the heap in a catch-up.
    "kafka.fetch.max.wait.ms": "20",
    "kafka.max.poll.records": "2000",
    "kafka.fetch.max.bytes": "33554432",
    "kafka.max.partition.fetch.bytes": "1048576",
    "kafka.receive.buffer.bytes": "1048576",
    "kafka.isolation.level": "read_committed",
}


def kafka_options(kafka: KafkaSettings) -> dict[str, str]:
    """Options of Spark's Kafka source; the Java client knows librdkafka's names for what both have."""
    return {f"kafka.{name}": str(value) for name, value in kafka.client().items()} | FETCH


def source_time(contracts: tuple[Contract, ...]) -> Column:
    """The record's own time: its contract's field if it holds an ISO 8601 time, in UTC unless it says otherwise; else null."""
    text = F.lit(None).cast("string")
    value = F.col("value").cast("string")
    for name in sorted({contract.event_time_field for contract in contracts if contract.event_time_field}):
        topics = [contract.topic.name for contract in contracts if contract.event_time_field == name]
        path = "$['" + name.replace("'", "") + "']"
        text = F.when(F.col("topic").isin(topics), F.get_json_object(value, path)).otherwise(text)
    return iso_time(text)


def with_event_time(records: DataFrame, contracts: tuple[Contract, ...]) -> DataFrame:
    """Kafka's columns plus event_time and event_date, one row for each: a record without a readable time of its own has Kafka's, and one
    whose time there is in no year from 1 to 9999, as a topic that others made may hold, the time of reading: Python has no such day."""
    of_kafka = F.when(F.year("timestamp").between(1, 9999), F.col("timestamp")).otherwise(F.current_timestamp())
    event_time = F.coalesce(source_time(contracts), of_kafka)
    return records.select(
        "key",
        "value",
        "headers",
        "topic",
        "partition",
        "offset",
        "timestamp",
        F.col("timestampType").alias("timestamp_type"),
        event_time.alias("event_time"),
        F.to_date(event_time).alias("event_date"),
    )


def start_query(
    spark: SparkSession,
    kafka: KafkaSettings,
    contracts: tuple[Contract, ...],
    start: Mapping[str, Mapping[int, int]],
    on_batch: Callable[[DataFrame, int], None],
    *,
    checkpoint: str,
    max_records: int,
    trigger_milliseconds: int,
    available_now: bool = False,
) -> StreamingQuery:
    """Reads the given partitions from the given offsets. The checkpoint is thrown away with the query: the tables are the checkpoint."""
    records = (
        spark.readStream.format("kafka")
        .options(**kafka_options(kafka))
        .option("assign", json.dumps({topic: sorted(places) for topic, places in start.items()}))
        .option(
            "startingOffsets",
            json.dumps({topic: {str(number): offset for number, offset in places.items()} for topic, places in start.items()}),
        )
        .option("includeHeaders", "true")
        .option("failOnDataLoss", "true")
        .option("maxOffsetsPerTrigger", str(max_records))
        .load()
    )
    writer = with_event_time(records, contracts).writeStream.foreachBatch(on_batch).option("checkpointLocation", checkpoint)
    trigger = {"availableNow": True} if available_now else {"processingTime": f"{trigger_milliseconds} milliseconds"}
    return writer.trigger(**trigger).start()


def slices(records: pa.Table) -> dict[str, list[Slice]]:
    """Topic → its slices. A task reads its partitions one after the other, so an Arrow batch is one slice, or a few that follow."""
    found: dict[str, list[Slice]] = {}
    for batch in records.to_batches():
        for piece in _pieces(pa.Table.from_batches([batch])):
            offsets = piece["offset"]
            slice_ = Slice(piece["partition"][0].as_py(), offsets[0].as_py(), offsets[-1].as_py() + 1, piece)
            found.setdefault(piece["topic"][0].as_py(), []).append(slice_)
    for pieces in found.values():
        pieces.sort(key=lambda piece: (piece.partition, piece.first))
    return found


def _pieces(batch: pa.Table) -> list[pa.Table]:
    """The rows of each partition of each topic; copies, so that one that waits keeps no other's rows in memory."""
    if batch.num_rows == 0:
        return []
    topic, partition = batch["topic"], batch["partition"]
    turns = pc.or_(pc.not_equal(topic[1:], topic[:-1]), pc.not_equal(partition[1:], partition[:-1]))
    starts = [0, *pc.add(pc.indices_nonzero(turns), 1).to_pylist(), batch.num_rows]
    if len(starts) == 2:
        return [batch]
    return [batch.take(pa.array(range(first, end), pa.int64())) for first, end in pairwise(starts)]
