"""Rows of a table, a page at a time, the newest first. No Spark.

What a caller gives comes as values of its type and never as text of a statement: an address among those that there are, times, numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from include.delta_log import days_of
from include.errors import NoSuchTable, SettingsError
from include.grain import key_of
from include.open_tables import open_tables
from include.queries import ask
from include.settings import LakeSettings
from include.table_listing import all_tables
from include.words import among

MOST_ROWS, MOST_RAW_ROWS = 1000, 100  # rows of a page; of a table with raw bytes, up to 2 MiB each
FURTHEST, FURTHEST_RAW = 10_000_000, 10_000  # rows left out; of a table with raw bytes, which all have times to ask by
# A row's time is the first of these that its table has and that it has a value for; else there are days alone, or no time.
TIMES = ("window_start", "event_time", "sampled_at", "opened_at", "declared_at", "started_at")
_BRONZE_KEY = ("topic_id", "partition", "offset")
_BEYOND = pa.scalar(253_402_300_800_000_000, pa.int64()).cast(pa.timestamp("us", tz="UTC"))  # 10000-01-01


@dataclass(frozen=True)
class Span:
    """[first, last) of a table's time; None: no limit."""

    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True)
class Page:
    """Some of the rows that were asked for, in order, and how many there are of them in all."""

    rows: list[dict[str, Any]]
    total: int
    limit: int
    offset: int


def page(
    lake: LakeSettings,
    address: str,
    span: Span,
    *,
    limit: int,
    offset: int = 0,
    where: Mapping[str, str] = MappingProxyType({}),
    by: str = "",
) -> Page:
    """The rows within the span; of the newest day that has such rows where it has no limit and the table has days. `where`: text that
    columns have, for those that are wanted alone; `by`: the column that is the rows' time, instead of the first of TIMES. Of a table with
    raw bytes a page has MOST_RAW_ROWS at most.

    Raises NoSuchTable, with the nearest names, and StoreError.
    """
    table = known_table(lake, address)
    columns = column_names(table)
    wanted = [is_text(name, text) for name, text in where.items()]
    within = _of_newest_day(table, wanted) if span == Span() else _by(by, span) if by in columns else conditions(columns, span)
    condition = " and ".join([*within, *wanted]) or "true"
    order = ", ".join([*([f'"{by}" desc'] if by in columns else []), *_order(address, columns)])
    if is_raw(table):
        limit = min(limit, MOST_RAW_ROWS)
    found = ask({"source": table}, f"select * from source where {condition} order by {order} limit {int(limit)} offset {int(offset)}")
    (counted,) = ask({"source": table}, f"select count(*) as n from source where {condition}").to_pylist()
    return Page(with_readable_times(found).to_pylist(), counted["n"], limit, offset)


def column_names(table: DeltaTable) -> list[str]:
    return [field.name for field in table.schema().fields]


def is_raw(table: DeltaTable) -> bool:
    """Whether it has raw bytes."""
    return any(str(field.type.to_json()) == '"binary"' for field in table.schema().fields)


def has_times(columns: Sequence[str]) -> bool:
    """Whether rows of a table with these columns have a time, or a day, by which a span can be asked for."""
    return "event_date" in columns or _time(columns) is not None


def is_text(column: str, text: str) -> str:
    """The condition that a column has this text, whatever the text."""
    return f"""cast("{column}" as varchar) = '{text.replace("'", "''")}'"""


def known_table(lake: LakeSettings, address: str) -> DeltaTable:
    """The table, as it was a moment ago. Raises NoSuchTable, with the nearest names, and StoreError."""
    try:
        table = open_tables(lake).get(address)
    except SettingsError:  # it is no address
        table = None
    if table is None:
        fix = among(address, all_tables(lake), elsewhere="`headwater table`, or GET /tables of the API,")
        raise NoSuchTable("there is no such table", where="table", value=address, fix=fix)
    return table


def with_readable_times(rows: pa.Table) -> pa.Table:
    """A column with a time beyond the year 9999 as text: Python has none, and the last windows end there."""
    for place, field in enumerate(rows.schema):
        if pa.types.is_timestamp(field.type) and pc.any(pc.greater_equal(rows[field.name], _BEYOND.cast(field.type))).as_py():
            rows = rows.set_column(place, field.name, rows[field.name].cast(pa.string()))
    return rows


def conditions(columns: Sequence[str], span: Span) -> list[str]:
    """What rows of a table with these columns meet that are within the span."""
    time = _time(columns)
    found = []
    for moment, than in ((span.first, ">="), (span.last, "<")):
        if moment is not None and "event_date" in columns:
            at = moment.astimezone(UTC)
            of_day = than if than == ">=" or at.time() == time_of_day.min else "<="  # of the day that ends the span, a part
            found.append(f"event_date {of_day} {_day(at.date())}")
        if moment is not None and time is not None:
            found.append(f"{time} {than} {_instant(moment)}")
    return found


def _by(column: str, span: Span) -> list[str]:
    return [f'"{column}" {than} {_instant(at)}' for at, than in ((span.first, ">="), (span.last, "<")) if at is not None]


def _of_newest_day(table: DeltaTable, wanted: Sequence[str]) -> list[str]:
    """The newest day that has rows that meet what is wanted, as a condition."""
    if table.metadata().partition_columns != ["event_date"]:
        return []
    days = _days_with(table, wanted) if wanted else days_of(table)
    newest = newest_day(days)
    return [] if newest is None else [f"event_date = {_day(newest)}"]


def _days_with(table: DeltaTable, wanted: Sequence[str]) -> dict[date, int]:
    found = ask({"source": table}, f"select event_date, count(*) as n from source where {' and '.join(wanted)} group by 1").to_pylist()
    return {row["event_date"]: row["n"] for row in found if row["event_date"] is not None}


def newest_day(rows: Mapping[date, int]) -> date | None:
    """The latest day that has rows, up to tomorrow if there is one: a record that is dated ahead would be the newest until then."""
    held = [day for day, many in rows.items() if many]
    return max((day for day in held if day <= datetime.now(UTC).date() + timedelta(days=1)), default=max(held, default=None))


def _order(address: str, columns: Sequence[str]) -> list[str]:
    key = _BRONZE_KEY if address.startswith("bronze.") else key_of(address)
    time = _time(columns)
    newest = ["event_date desc"] if "event_date" in columns else []
    by_time = [] if time is None else [f"{time} desc"]
    return [*newest, *by_time, *(f'"{name}"' for name in key or columns if name != "event_date" and name in columns)] or ["1"]


def _time(columns: Sequence[str]) -> str | None:
    """The expression of a row's time: a window has its start, and an alert about a record has the event's time instead."""
    has = [f'"{name}"' for name in TIMES if name in columns]
    return f"coalesce({', '.join(has)})" if len(has) > 1 else next(iter(has), None)


def _day(day: date) -> str:
    return f"date '{day.isoformat()}'"


def _instant(moment: datetime) -> str:
    """As microseconds: plain timestamps are nanoseconds there, and end in 2262."""
    return f"arrow_cast('{moment.astimezone(UTC).isoformat(timespec='microseconds')}', 'Timestamp(Microsecond, Some(\"UTC\"))')"
