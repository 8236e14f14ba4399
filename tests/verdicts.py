"""What the batch says about records that came through the stream, without Kafka and without a lake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from include.contracts import Contract
from jobs.common.validate import judge
from jobs.stream.read import with_event_time

ARRIVED = datetime(2026, 3, 14, 9, 27, tzinfo=UTC)
_KAFKA = (
    "key binary, value binary, headers array<struct<key:string,value:binary>>, topic string, partition int, offset bigint,"
    " timestamp timestamp, timestampType int"
)


def as_bronze(spark: SparkSession, contract: Contract, values: Sequence[bytes | None]) -> DataFrame:
    """The rows that bronze holds of these values; the offset is the place in the sequence."""
    topic = contract.topic.name
    rows = [(None, value, None, topic, 0, offset, ARRIVED, 0) for offset, value in enumerate(values)]
    return with_event_time(spark.createDataFrame(rows, _KAFKA), (contract,)).withColumns(
        {"topic_id": F.lit("topic-id"), "ingested_at": F.lit(ARRIVED)}
    )


def reasons_against(spark: SparkSession, contract: Contract, values: Sequence[bytes | None]) -> list[list[str]]:
    """For each value the reasons for which it is a dead letter or in quarantine; none where it is valid."""
    rows = judge(as_bronze(spark, contract, values), contract).select("_offset", "_dead_letter", "_reasons").collect()
    found = {row["_offset"]: [row["_dead_letter"]] if row["_dead_letter"] else list(row["_reasons"]) for row in rows}
    return [found[offset] for offset in range(len(values))]
