"""The figures of a chart over a span of time. No Spark.

What a caller gives comes as values: times, and texts that columns have. The statement is the chart's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import TYPE_CHECKING, Any

from include.catalog import LIVE, window_of
from include.delta_log import days_of
from include.open_tables import open_tables
from include.queries import ask
from include.settings import LakeSettings
from include.table_pages import Span, conditions, is_text
from lakehouse.web.dashboards.model import Chart, Filter

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable

MOST_ROWS, MOST_POINTS, MOST_CHOICES = 20_000, 400, 1000
_WIDTHS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 10, 15, 60, 180, 360, 1440))
CHOICES_OF = timedelta(days=30)


@dataclass(frozen=True)
class Figures:
    """A chart's rows; `bucket` is the width of a bar of time, 0 where it has none of its own, `is_cut` says that there are more rows than
    MOST_ROWS: of a chart over time these are the newest, else the first."""

    columns: tuple[str, ...]
    rows: list[list[Any]]
    bucket: timedelta
    is_cut: bool


def figures(lake: LakeSettings, chart: Chart, span: Span, chosen: Mapping[str, str], today: date | None = None) -> Figures:
    """What the chart has of the span, of the rows that have what was chosen. No row where there is no table yet. Raises StoreError."""
    held = open_tables(lake).get_all([f"{layer}.{name}" for name in chart.tables for layer in _layers(chart, name)])
    versions = tuple((address, table.version()) for address, table in held.items())
    return _figures(lake, chart, span, tuple(sorted(chosen.items())), today or datetime.now(UTC).date(), versions)


def choices(lake: LakeSettings, choice: Filter, now: datetime) -> list[str]:
    """What can be chosen: what the last days' rows have, in order. Raises StoreError."""
    sql = f'select distinct cast("{choice.column}" as varchar) as choice from {choice.table} order by 1 limit {MOST_CHOICES}'
    asked = Chart(choice.column, "", "rows", (choice.table,), sql, "choice", ())
    since = datetime(now.year, now.month, now.day, tzinfo=UTC) - CHOICES_OF  # the same all day, so that it is asked once
    found = [row[0] for row in figures(lake, asked, Span(since, None), {}).rows if row[0] is not None]
    return sorted(found, key=lambda text: (not text.isdecimal(), int(text) if text.isdecimal() else 0, text))


def bucket_of(span: Span) -> timedelta:
    """The narrowest width of which a span is not too many."""
    if span.first is None or span.last is None:
        return _WIDTHS[-1]
    return next((width for width in _WIDTHS if (span.last - span.first) / width <= MOST_POINTS), _WIDTHS[-1])


def _layers(chart: Chart, name: str) -> Sequence[str]:
    if chart.is_live:
        return ("live",)
    return ("gold", "live") if name in LIVE else ("gold",)


@lru_cache(maxsize=64)
def _figures(
    lake: LakeSettings, chart: Chart, span: Span, chosen: tuple[tuple[str, str], ...], today: date, versions: tuple[tuple[str, int], ...]
) -> Figures:
    """Kept for the same question about the same versions of the tables."""
    import pyarrow as pa

    # Bars that are narrower than a table's windows would stand apart.
    bucket = max(bucket_of(span), *map(window_of, chart.tables)) if "{bucket}" in chart.sql else timedelta(0)
    held = open_tables(lake).get_all([address for address, _ in versions])
    parts = {name: _part(held, name, span, dict(chosen), today) for name in chart.tables}
    if not all(parts.values()):
        return Figures((), [], bucket, False)
    named = ", ".join(f"{name} as ({part})" for name, part in parts.items())
    own = chart.sql.replace("{bucket}", f"interval '{int(bucket.total_seconds())} seconds'")
    sources = {address.replace(".", "_"): table for address, table in held.items()}
    # In brackets, not as a subquery, which would lose its order.
    found = ask(sources, f"with {named} ({own}) limit {MOST_ROWS + 1}")
    is_cut = found.num_rows > MOST_ROWS
    if is_cut and chart.kind != "rows" and pa.types.is_temporal(found.schema.field(chart.x).type):
        order = f'"{chart.x}" desc' + (f', "{chart.split}"' if chart.split else "")
        rows = _newest(ask(sources, f"with {named} select * from ({own}) as drawn order by {order} limit {MOST_ROWS + 1}"), chart.x)
    else:
        rows = _rows(found.slice(0, MOST_ROWS))
    return Figures(tuple(found.column_names), rows, bucket, is_cut)


def _rows(found: pa.Table) -> list[list[Any]]:
    return [list(row) for row in zip(*(_drawn(column) for column in found.columns), strict=True)]


def _newest(found: pa.Table, x: str) -> list[list[Any]]:
    """Of the newest rows, of which there is one too many, those of whole times, oldest first: of the oldest time some may be missing."""
    rows, place = _rows(found), found.column_names.index(x)
    whole = [row for row in rows if row[place] != rows[-1][place]] or rows[:MOST_ROWS]
    return sorted(whole, key=lambda row: str(row[place]))


def _part(held: Mapping[str, DeltaTable], name: str, span: Span, chosen: Mapping[str, str], today: date) -> str:
    """The table's rows as a query: gold's; of a window table live's of days that are not over, and of those that gold lacks."""
    gold, live = held.get(f"gold.{name}"), held.get(f"live.{name}")
    tables = [table for table in (gold, live) if table is not None]
    if not tables:
        return ""
    columns = [field.name for field in tables[0].schema().fields if all(field.name in _columns(table) for table in tables)]
    selected = ", ".join(f'"{column}"' for column in columns)
    within = [*conditions(columns, span), *(is_text(column, text) for column, text in chosen.items() if column in columns)]
    parts = []
    if gold is not None:
        is_over = [f"event_date < date '{today.isoformat()}'"] if live is not None else []
        parts.append(f"select {selected} from gold_{name}{_where([*within, *is_over])}")
    if live is not None:
        built = [] if gold is None else [f"date '{day}'" for day, rows in sorted(days_of(gold).items()) if rows and day < today]
        lacking = [f"event_date not in ({', '.join(built)})"] if built else []
        parts.append(f"select {selected} from live_{name}{_where([*within, *lacking])}")
    return " union all ".join(parts)


def _columns(table: DeltaTable) -> set[str]:
    return {field.name for field in table.schema().fields}


def _where(conditions: Sequence[str]) -> str:
    return f" where {' and '.join(conditions)}" if conditions else ""


def _drawn(column: pa.ChunkedArray) -> list[Any]:
    """Times as ISO text, money as numbers (they are drawn, not counted with), what is no number as none."""
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", tz="UTC"))
    return [_value(value) for value in column.to_pylist()]


def _value(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal | float):
        return float(value) if isfinite(value) else None
    return value
