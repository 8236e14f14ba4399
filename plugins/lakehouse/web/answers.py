"""What the HTTP API answers, as models for its documentation."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class Rows(BaseModel):
    """Some of the rows that were asked for."""

    items: list[dict[str, Any]]
    total: int = Field(description="How many there are in all.")
    limit: int
    offset: int


class Table(BaseModel):
    """A table, as its log says."""

    address: str = Field(examples=["gold.product_sales"])
    layer: str = Field(examples=["gold"])
    rows: int
    bytes: int
    files: int
    version: int
    newest_day: str | None = Field(description="Of the days that have rows; null for a table without days.")


class Column(BaseModel):
    """A column of a table."""

    name: str
    type: str = Field(description="As Delta names it.")


class TableInDetail(Table):
    """A table with its columns and the rows of each day."""

    columns: list[Column]
    days: dict[str, int] = Field(description="Day → rows; empty for a table without days.")


class Tables(BaseModel):
    """All tables, in the order in which data flows."""

    items: list[Table]


class Problem(BaseModel):
    """Why there is no answer."""

    detail: str
    fix: str = ""
