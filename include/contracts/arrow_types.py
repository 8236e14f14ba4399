"""The contract's types in Arrow's words."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyarrow as pa

from include.contracts.model import Field

_PLAIN = {
    "string": pa.string(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}


def arrow_type(field: Field) -> pa.DataType:
    if field.items:
        return pa.list_(pa.struct([(item.name, arrow_type(item)) for item in field.items]))
    decimal = re.fullmatch(r"decimal\((\d+),\s*(\d+)\)", field.spark_type)
    return pa.decimal128(*map(int, decimal.groups())) if decimal else _PLAIN[field.spark_type]


def row_schema(fields: Iterable[Field]) -> pa.Schema:
    """One column for each field."""
    return pa.schema([(field.name, arrow_type(field)) for field in fields])
