"""The tables of the lake, listed and read without Spark."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable, QueryBuilder

from include.delta_log import days_of, open_table, row_count
from include.errors import SettingsError
from include.settings import LAYERS, LakeSettings
from include.table_listing import tables_of_layer

_THREADS = 8
_BEYOND = pa.scalar(253_402_300_800_000_000, pa.int64()).cast(pa.timestamp("us", tz="UTC"))  # 10000-01-01


def addresses(lake: LakeSettings) -> list[str]:
    """The addresses of all tables that exist, in the order in which data flows."""
    with ThreadPoolExecutor(_THREADS) as threads:
        return [address for found in threads.map(lambda layer: tables_of_layer(lake, layer), LAYERS) for address in found]


def rows(lake: LakeSettings) -> dict[str, int]:
    """Address → rows, of all tables."""
    known = addresses(lake)
    with ThreadPoolExecutor(_THREADS) as threads:
        return dict(zip(known, threads.map(lambda address: row_count(lake, address), known), strict=True))


def head(lake: LakeSettings, address: str, limit: int) -> pa.Table:
    """Some rows of the table, of its newest days. SettingsError, with the tables that exist, for one that does not."""
    table = open_table(lake, address) if "." in address else None
    if table is None:
        known = addresses(lake)
        raise SettingsError("there is no such table", where="table", value=address, fix=f"known: {', '.join(known) or 'none yet'}")
    # By delta-rs alone: an Arrow dataset that is not read to its end has threads at work when Python ends, and may crash it.
    query = f"select * from source {_newest(table, limit)} limit {int(limit)}"
    return _with_readable_times(pa.table(QueryBuilder().register("source", table).execute(query).read_all()))


def _with_readable_times(rows: pa.Table) -> pa.Table:
    """A column with a time beyond the year 9999 as text: Python has none, and the last windows end there."""
    for place, field in enumerate(rows.schema):
        if pa.types.is_timestamp(field.type) and pc.any(pc.greater_equal(rows[field.name], _BEYOND.cast(field.type))).as_py():
            rows = rows.set_column(place, field.name, rows[field.name].cast(pa.string()))
    return rows


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
