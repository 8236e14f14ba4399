"""Gold tables of the tests' own, and what of them is in PostgreSQL."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from psycopg.rows import dict_row

from include.settings import LakeSettings
from tests.serving_database import Serving

DAYS = [date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 20)]
SIMPLE = pa.schema([("event_date", pa.date32()), ("n", pa.int64()), ("word", pa.string())])


def put(lake: LakeSettings, name: str, day: date | None, rows: list[dict[str, Any]], schema: pa.Schema = SIMPLE) -> None:
    """Makes these the table's rows of the day, in one commit; of a table without days (None), all its rows."""
    table = lake.table_uri(f"gold.{name}")
    DeltaTable.create(table, schema, mode="ignore", partition_by=["event_date"] if day else None)
    predicate = f"event_date = '{day}'" if day else None
    write_deltalake(table, pa.Table.from_pylist(rows, schema), mode="overwrite", predicate=predicate)


def simple(day: date, count: int, word: str = "old") -> list[dict[str, Any]]:
    return [{"event_date": day, "n": n, "word": word} for n in range(count)]


def gold_rows(lake: LakeSettings, name: str) -> list[str]:
    found = DeltaTable(lake.table_uri(f"gold.{name}")).to_pyarrow_table()
    return sorted(map(in_words, found.to_pylist(maps_as_pydicts="strict")))


def in_words(row: dict[str, Any]) -> str:
    return repr([(name, as_read(value)) for name, value in sorted(row.items())])


def as_read(value: Any) -> Any:
    """A value by what it is, whichever client has read it."""
    if isinstance(value, datetime) and value.tzinfo:
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z" if value.year > 1000 else value.replace(tzinfo=None).isoformat() + "Z"
    return json.dumps(value, sort_keys=True) if isinstance(value, list | dict) else value


def published_rows(serving: Serving, name: str) -> list[str]:
    with psycopg.connect(serving.reader, options="-c TimeZone=UTC") as connection:
        found = connection.cursor(binary=True, row_factory=dict_row).execute(f"SELECT * FROM gold.{name}".encode()).fetchall()
    return sorted(map(in_words, found))


def words(serving: Serving) -> list[tuple[Any, ...]]:
    return serving.ask("SELECT word, count(*) FROM gold.t GROUP BY word")
