"""Bronze rows as the stream leaves them, for tests of the batch."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
from deltalake import write_deltalake
from pyspark.sql import DataFrame, SparkSession

from include.contracts import Contract
from include.settings import LakeSettings
from jobs.common.columns import BRONZE_SCHEMA
from jobs.stream.bronze import SCHEMA

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def encoded(value: Any) -> bytes | None:
    """The bytes of a record: as they are, or the JSON of anything else."""
    return value if value is None or isinstance(value, bytes) else json.dumps(value).encode()


def bronze_row(value: Any, offset: int = 0, **columns: Any) -> dict[str, Any]:
    """A row of a bronze table, of noon of DAY unless told otherwise."""
    row = {
        "key": b"k",
        "value": encoded(value),
        "headers": [],
        "topic": "t",
        "topic_id": "topic-id",
        "partition": 0,
        "offset": offset,
        "timestamp": NOON,
        "timestamp_type": 0,
        "ingested_at": NOON,
        "event_time": NOON,
    } | columns
    return {**row, "event_date": row["event_time"].date()}


def bronze_rows(values: Iterable[Any], **columns: Any) -> list[dict[str, Any]]:
    """A row for each value, with offsets from 0."""
    return [bronze_row(value, offset, **columns) for offset, value in enumerate(values)]


def in_bronze(spark: SparkSession, records: Iterable[dict[str, Any]]) -> DataFrame:
    """The rows as a frame of bronze's columns."""
    return spark.createDataFrame([tuple(record.values()) for record in records], BRONZE_SCHEMA)


def append(lake: LakeSettings, contract: Contract, rows: Iterable[dict[str, Any]]) -> None:
    """Appends rows to the feed's bronze table, as the stream does: with delta-rs, partitioned by day."""
    table = pa.Table.from_pylist(list(rows), SCHEMA)
    write_deltalake(lake.table_uri(contract.bronze), table, mode="append", partition_by=["event_date"])
