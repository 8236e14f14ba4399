"""Small frames as plain rows, for assertions on a whole frame."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame


def rows(frame: DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """The rows, in the order of their values, of these columns or of all; times in UTC, wherever the test runs."""
    found = (frame.select(*columns) if columns else frame).collect()
    return sorted((tuple(map(_in_utc, row)) for row in found), key=lambda row: [(value is not None, value) for value in row])


def _in_utc(value: Any) -> Any:
    """Spark hands times out in the machine's own zone, and does not say so."""
    return value.astimezone(UTC) if isinstance(value, datetime) else value
