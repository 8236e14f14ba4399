"""The tables of the lake, listed and read without Spark."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
from deltalake import DeltaTable

from include.delta_log import days_of, row_count
from include.queries import ask
from include.settings import LakeSettings
from include.table_listing import all_tables
from include.table_pages import known_table, with_readable_times

_THREADS = 8


def rows(lake: LakeSettings) -> dict[str, int]:
    """Address → rows, of all tables."""
    known = all_tables(lake)
    with ThreadPoolExecutor(_THREADS) as threads:
        return dict(zip(known, threads.map(lambda address: row_count(lake, address), known), strict=True))


def head(lake: LakeSettings, address: str, limit: int) -> pa.Table:
    """Some rows of the table, of its newest days. Raises NoSuchTable, with the nearest names."""
    table = known_table(lake, address)
    # By delta-rs alone: an Arrow dataset that is not read to its end has threads at work when Python ends, and may crash it.
    query = f"select * from source {_newest(table, limit)} limit {int(limit)}"
    return with_readable_times(ask({"source": table}, query))


def _newest(table: DeltaTable, limit: int) -> str:
    """The condition for the newest days that have so many rows together; none for a table without days."""
    if table.metadata().partition_columns != ["event_date"]:
        return ""
    found = 0
    for day, rows in sorted(days_of(table).items(), reverse=True):
        found += rows
        if found >= limit:
            return f"where event_date >= '{day}'"
    return ""


def readable(value: object) -> str:
    """A value as a person reads it: bytes as text, with an escape where they are none; null as nothing."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    if isinstance(value, list):
        return "[" + ", ".join(readable(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {readable(item)}" for name, item in value.items()) + "}"
    return str(value)
