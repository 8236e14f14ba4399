"""The HTTP API, version 1: tables and their rows, lag, incidents, the ledger. It reads, and changes nothing.

Whoever asks is known to Airflow and may see its assets. All that is given is a value of its type; what is not is answered with 422.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AfterValidator

from include.contracts import load_contracts
from include.delta_log import extents, open_table
from include.incidents import incidents
from include.settings import LAYERS, LakeSettings
from include.table_listing import all_tables
from include.table_pages import FURTHEST, MOST_ROWS, Page, Span, known_table, page
from include.watch.lag_samples import LAG, WINDOW, since
from lakehouse.web.answers import Column, Problem, Rows, Table, TableInDetail, Tables
from lakehouse.web.plain import plain

if TYPE_CHECKING:
    from deltalake import DeltaTable

LEDGER_DAYS = "ops.ledger_days"
_THREADS = 8


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError("a time of the years 1 to 9999 in UTC") from None


Layer = Literal[LAYERS]  # type: ignore[valid-type]
Moment = Annotated[datetime, AfterValidator(_in_utc)]
First = Annotated[Moment | None, Query(alias="from", description="From this time on; without an offset it is UTC.")]
Last = Annotated[Moment | None, Query(alias="to", description="Before this time.")]
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="Rows of a page.")]
Offset = Annotated[int, Query(ge=0, le=FURTHEST, description="Rows to leave out; for what is further off, ask for a span.")]

router = APIRouter(prefix="/api/v1", responses={401: {"description": "Log in to Airflow, or send its token."}, 503: {"model": Problem}})


@router.get("/tables")
def list_tables(layer: Layer | None = None) -> Tables:
    """All tables, or those of a layer."""
    lake = LakeSettings.from_environment()
    addresses = all_tables(lake, [layer] if layer else LAYERS)
    with ThreadPoolExecutor(_THREADS) as threads:
        opened = list(threads.map(lambda address: open_table(lake, address), addresses))
    return Tables(items=[Table(**_figures(address, table)) for address, table in zip(addresses, opened, strict=True) if table is not None])


@router.get("/tables/{address}", responses={404: {"model": Problem}})
def show_table(address: str) -> TableInDetail:
    """A table's columns and days."""
    table = known_table(LakeSettings.from_environment(), address)
    columns = [Column(name=field.name, type=str(field.type.to_json()).strip('"')) for field in table.schema().fields]
    days = {day.isoformat(): extent.rows for day, extent in sorted(extents(table).items(), key=str) if day is not None}
    return TableInDetail(**_figures(address, table), columns=columns, days=days)


@router.get("/tables/{address}/rows", responses={404: {"model": Problem}})
def show_rows(address: str, first: First = None, last: Last = None, limit: Limit = 100, offset: Offset = 0) -> Rows:
    """Rows of the span, newest days first; without a span those of the newest day. A table's time is its window's start, else its
    event's, else its day."""
    return _rows(page(LakeSettings.from_environment(), address, Span(first, last), limit=limit, offset=offset))


@router.get("/lag")
def show_lag() -> Rows:
    """The last look at each partition; `docs/watching.md` explains the columns."""
    newest = {(each.feed, each.partition): each for each in since(LakeSettings.from_environment(), datetime.now(UTC) - WINDOW)}
    items = [plain(vars(newest[place])) for place in sorted(newest)]
    return Rows(items=items, total=len(items), limit=max(len(items), 1), offset=0)


@router.get("/lag/{feed}", responses={404: {"model": Problem}})
def show_lag_of_feed(feed: str, first: First = None, last: Last = None, limit: Limit = 1000, offset: Offset = 0) -> Rows:
    """The looks at a feed's partitions, newest days first; without a span those of the last hour."""
    load_contracts()[feed]
    span = Span(first or (None if last else datetime.now(UTC) - timedelta(hours=1)), last)
    return _rows(page(LakeSettings.from_environment(), LAG, span, limit=limit, offset=offset, where={"feed": feed}))


@router.get("/incidents")
def show_incidents(state: Literal["open", "closed", "all"] = "open", limit: Limit = 100, offset: Offset = 0) -> Rows:
    """Incidents, the newest first."""
    opened = [each for each in incidents(LakeSettings.from_environment()) if each.opened_at is not None]
    wanted = [each for each in reversed(opened) if state == "all" or each.is_open == (state == "open")]
    items = [plain(vars(each)) for each in wanted[offset : offset + limit]]
    return Rows(items=items, total=len(wanted), limit=limit, offset=offset)


@router.get("/ledger", responses={404: {"model": Problem}})
def show_ledger(feed: str | None = None, first: First = None, last: Last = None, limit: Limit = 100, offset: Offset = 0) -> Rows:
    """The ledger of each feed and day, newest days first: do the rows of bronze add up?"""
    where = {"feed": load_contracts()[feed].feed} if feed else {}
    return _rows(page(LakeSettings.from_environment(), LEDGER_DAYS, Span(first, last), limit=limit, offset=offset, where=where))


def _rows(found: Page) -> Rows:
    return Rows(items=[plain(row) for row in found.rows], total=found.total, limit=found.limit, offset=found.offset)


def _figures(address: str, table: DeltaTable) -> dict[str, object]:
    by_day = extents(table)
    newest = max((day for day, extent in by_day.items() if day is not None and extent.rows), default=None)
    return {
        "address": address,
        "layer": address.partition(".")[0],
        "rows": sum(extent.rows for extent in by_day.values()),
        "bytes": sum(extent.bytes for extent in by_day.values()),
        "files": sum(extent.files for extent in by_day.values()),
        "version": table.version(),
        "newest_day": newest.isoformat() if newest else None,
    }
