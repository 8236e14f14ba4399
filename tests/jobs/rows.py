"""Small frames as plain rows, for assertions on a whole frame."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyspark.sql import DataFrame


def rows(frame: DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """The rows, in the order of their values, of these columns or of all."""
    found: Iterable[Any] = (frame.select(*columns) if columns else frame).collect()
    return sorted((tuple(row) for row in found), key=lambda row: [(value is not None, value) for value in row])
