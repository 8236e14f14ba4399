"""A gold table's columns as PostgreSQL's, and their values as what its COPY takes."""

from __future__ import annotations

import json
import math
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.schema import PrimitiveType

from include.errors import ServingRefused

DAY = "event_date"
# What rows are looked for by, beside their day.
TIMES = ("window_start", "event_time")
NESTED = "jsonb"
# Delta's types → PostgreSQL's, in the words in which its catalogue has them.
_TYPES = {
    "string": "text",
    "long": "bigint",
    "integer": "integer",
    "short": "smallint",
    "byte": "smallint",
    "float": "real",
    "double": "double precision",
    "boolean": "boolean",
    "binary": "bytea",
    "date": "date",
    "timestamp": "timestamp with time zone",
    "timestamp_ntz": "timestamp without time zone",
}
# PostgreSQL has no U+0000 in a text, and JSON records may.
_NUL, _INSTEAD = "\0", "\ufffd"


@dataclass(frozen=True)
class Column:
    """A column by its name and PostgreSQL's type."""

    name: str
    kind: str

    @property
    def is_indexed(self) -> bool:
        return self.name == DAY or self.name in TIMES


def columns_of(table: DeltaTable) -> list[Column]:
    """The table's columns in its order. Raises ServingRefused for a type that PostgreSQL has nothing for."""
    return [Column(field.name, _kind(table, field.name, field.type)) for field in table.schema().fields]


def _kind(table: DeltaTable, name: str, of_delta: object) -> str:
    if not isinstance(of_delta, PrimitiveType):
        return NESTED
    if of_delta.type.startswith("decimal("):
        return of_delta.type.replace("decimal", "numeric").replace(" ", "")
    if of_delta.type not in _TYPES:
        fix = f"give the column one of {', '.join(_TYPES)}, decimal or a nested type of these, or do not publish the table"
        raise ServingRefused(f"PostgreSQL has no type for column {name}", where=table.table_uri, value=of_delta.type, fix=fix)
    return _TYPES[of_delta.type]


def rows_of(batch: pa.RecordBatch, columns: list[Column]) -> Iterator[tuple[Any, ...]]:
    """The rows of the batch, in the order of the columns: nested values as JSON, all others as Python has them.

    Numbers, times and dates are what they are, NaN and infinities too. In a text U+0000 becomes U+FFFD.
    """
    arrays = [batch.column(column.name).to_pylist(maps_as_pydicts="lossy") for column in columns]
    converters = [_converter(column) for column in columns]
    cells = [values if of is None else map(of, values) for of, values in zip(converters, arrays, strict=True)]
    return zip(*cells, strict=True)


def _converter(column: Column) -> Callable[[Any], Any] | None:
    return {NESTED: _json_or_null, "text": _text_or_null}.get(column.kind)


def _text_or_null(value: str | None) -> str | None:
    return value if value is None else value.replace(_NUL, _INSTEAD)


def _json_or_null(value: object) -> str | None:
    return None if value is None else as_json(value)


def as_json(value: object) -> str:
    """JSON of a nested value: decimals to the last digit, times and dates as ISO 8601, bytes as Base64, a map as an object; a number that
    JSON does not have is a text, as PostgreSQL writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(str(key))}: {as_json(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_json, value)) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return _quoted("NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date):
        return _quoted(value.isoformat())
    if isinstance(value, bytes):
        return _quoted(b64encode(value).decode())
    return _quoted(value) if isinstance(value, str) else json.dumps(value)


def _quoted(text: str) -> str:
    return json.dumps(text.replace(_NUL, _INSTEAD), ensure_ascii=False)
