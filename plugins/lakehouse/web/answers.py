"""What the HTTP API answers, as models for its documentation."""

from __future__ import annotations

from typing import Any, Literal

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
    system: str | None = Field(description="Whose it is; null for what is of all systems.", examples=["commerce"])
    sources: list[str] = Field(description="The tables that it is computed from.", examples=[["silver.order_items"]])
    rows: int
    bytes: int
    files: int
    version: int
    newest_day: str | None = Field(description="Of the days that have rows; null for a table without days.")
    newest_over_day: str | None = Field(description="Of the days that are over and have rows; what is computed from it should have it too.")
    is_history: bool = Field(description="Of bronze: most of what came in the last ten minutes is of days that are over; it is not stale.")
    newest_event_at: str | None = Field(description="The latest event or window start that is not dated ahead; null where there are none.")


class Column(BaseModel):
    """A column of a table."""

    name: str
    type: str = Field(description="As Delta names it.")


class TableInDetail(Table):
    """A table with its columns and the rows of each day."""

    columns: list[Column]
    days: dict[str, int] = Field(description="Day → rows; empty for a table without days.")


class Tables(BaseModel):
    """All tables, or those of a layer, in the order in which data flows; `layers`: all that there are."""

    items: list[Table]
    layers: list[str]


class Feed(BaseModel):
    """A feed, as its contract says."""

    feed: str
    system: str
    topic: str
    version: str
    description: str
    partitions: int
    sla: dict[str, Any] = Field(description="What readers may rely on, in seconds, records and days.")


class Feeds(BaseModel):
    """All feeds; `broken` are the contracts that cannot be read, and why."""

    items: list[Feed]
    broken: list[str]


class FeedInDetail(Feed):
    """A feed with its fields and rules."""

    key: str
    identity: list[str]
    event_time: str
    fields: list[dict[str, Any]]
    rules: list[dict[str, Any]]
    alerts: list[dict[str, Any]]
    topic_settings: dict[str, str]
    sides: dict[str, str] = Field(description="Side → the table that has the records which ended there.")


class Reason(BaseModel):
    """Why rows are bad."""

    side: Literal["quarantine", "dead_letters"] = Field(description="Where they are. A replay judges those in quarantine alone.")
    reason: str
    rows: int


class Reasons(BaseModel):
    """The most frequent first."""

    items: list[Reason]


class Person(BaseModel):
    """Who asks. `may_act`: acknowledge and mute incidents; `may_trigger`: the DAGs that the page has buttons for, as far as they may."""

    name: str
    may_act: bool
    may_trigger: list[str]


class Drift(BaseModel):
    """Rows of ops.drift."""

    items: list[dict[str, Any]]


class DashboardNamed(BaseModel):
    """A system's dashboard."""

    system: str
    title: str


class Dashboards(BaseModel):
    """All dashboards."""

    items: list[DashboardNamed]


class DashboardInDetail(DashboardNamed):
    """A system's dashboard: how each chart is drawn, and what can be chosen."""

    charts: list[dict[str, Any]]
    filters: list[dict[str, Any]]
    words: dict[str, str] = Field(description="Column → how it is called.")
    alerts: bool = Field(description="Whether feeds of the system raise alerts.")


class ChartFigures(BaseModel):
    """A chart's rows. `bucket_seconds` is the width of a bar of time, 0 where it has none of its own; `is_cut`: there are more rows, and
    of a chart over time these are the newest, else the first."""

    columns: list[str]
    rows: list[list[Any]]
    bucket_seconds: int
    is_cut: bool


class Problem(BaseModel):
    """Why there is no answer."""

    detail: str
    fix: str = ""
