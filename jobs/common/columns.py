"""The columns of records that are not the source's own: Kafka's, the pipeline's clocks, and those that silver keeps."""

from __future__ import annotations

# Where a record stood in Kafka and what it was; beside a contract's fields these are `_key`, `_offset` and so on.
COORDINATES = ("key", "value", "headers", "topic", "partition", "offset", "timestamp", "timestamp_type")
CLOCKS = ("ingested_at", "event_time", "event_date")
BRONZE_SCHEMA = """
    key binary, value binary, headers array<struct<key:string,value:binary>>, topic string, partition int, offset bigint,
    timestamp timestamp, timestamp_type int, ingested_at timestamp, event_time timestamp, event_date date
"""
# What every silver row says of where it comes from: back to its record in bronze and in Kafka.
ORIGIN = ("event_time", "event_date", "ingested_at", "_topic", "_partition", "_offset", "_timestamp")
