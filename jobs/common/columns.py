"""Columns as the batch uses them: bronze's in Spark's words, and those that silver keeps of them."""

from __future__ import annotations

from include.bronze import COLUMNS

BRONZE_SCHEMA = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
# What every silver row says of where it comes from: back to its record in bronze and in Kafka.
ORIGIN = ("event_time", "event_date", "ingested_at", "_topic", "_topic_id", "_partition", "_offset", "_timestamp")
