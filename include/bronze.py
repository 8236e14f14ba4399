"""The columns of every bronze table, with their Spark types. jobs/stream/bronze.py says them in Arrow's, and a test compares the two."""

from __future__ import annotations

# Where a record stood in Kafka and what it was; beside a contract's fields these are `_key`, `_offset` and so on.
COORDINATES = {
    "key": "binary",
    "value": "binary",
    "headers": "array<struct<key:string,value:binary>>",
    "topic": "string",
    "topic_id": "string",  # Kafka's: a topic that was deleted and made anew has another, and its offsets begin again
    "partition": "int",
    "offset": "bigint",
    "timestamp": "timestamp",
    "timestamp_type": "int",
}
# The pipeline's clocks keep their names beside a contract's fields, so that no field can have one of these.
CLOCKS = {"ingested_at": "timestamp", "event_time": "timestamp", "event_date": "date"}
COLUMNS = COORDINATES | CLOCKS
