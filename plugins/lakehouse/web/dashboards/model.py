"""What a dashboard is made of. A system's charts are data: a query over its tables, and how its answer is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from include.catalog import LIVE

LIVE_TABLES = frozenset(LIVE)
# lines, areas: y over the time x. columns, bars: y of each x, standing or lying. candles: open, high, low, close over x.
# heat: the value y of each x (a time) and split. shares: a part of the whole. rows: a table.
Kind = Literal["lines", "areas", "columns", "bars", "candles", "heat", "shares", "rows"]


@dataclass(frozen=True)
class Band:
    """A category of the figures up to `upto`, from where the band before it ends."""

    name: str
    upto: float


@dataclass(frozen=True)
class Chart:
    """A chart. `sql` is DataFusion's, over gold tables by their names; `{bucket}` in it is the width of a bar of time. A window table has
    the days that are not over, and those that gold lacks, from live."""

    name: str
    title: str
    kind: Kind
    tables: tuple[str, ...]
    sql: str
    x: str
    y: tuple[str, ...]
    split: str | None = None  # a column: one line, one colour for each of its values
    unit: str = ""
    note: str = ""  # how its figures come about, where that is not obvious
    bands: tuple[Band, ...] = ()
    is_live: bool = False  # of live alone

    @property
    def has_live(self) -> bool:
        """Whether it has rows of live, and so changes as records come."""
        return self.is_live or not LIVE_TABLES.isdisjoint(self.tables)


@dataclass(frozen=True)
class Filter:
    """What can be chosen: a value of a column, which all charts go by whose tables have it. The choices are those of `table`."""

    column: str
    label: str
    table: str


@dataclass(frozen=True)
class Dashboard:
    """The page of a system."""

    title: str
    charts: tuple[Chart, ...]
    filters: tuple[Filter, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)  # column → how it is called on the page
    alerts: bool = True  # whether feeds of the system raise any
