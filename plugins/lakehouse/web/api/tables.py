"""/tables: which there are, how large, how fresh; their rows."""

from __future__ import annotations

from fastapi import APIRouter

from include.contracts import load_contracts
from include.delta_log import extents
from include.open_tables import open_tables
from include.settings import LAYERS, LakeSettings
from include.table_listing import all_tables
from include.table_pages import FURTHEST_RAW, Span, column_names, has_times, is_raw, known_table, page
from lakehouse.web.answers import Column, Rows, Table, TableInDetail, Tables
from lakehouse.web.api.parameters import NOT_THERE, Layer, Limit, Offset, Within, no_value, rows_of
from lakehouse.web.table_figures import figures_of

router = APIRouter(prefix="/tables", tags=["tables"])


@router.get("")
def list_tables(layer: Layer | None = None) -> Tables:
    """All tables, or those of a layer."""
    lake = LakeSettings.from_environment()
    opened = open_tables(lake).get_all(all_tables(lake, [layer] if layer else LAYERS))
    contracts = load_contracts()
    return Tables(items=[Table(**figures_of(address, table, contracts)) for address, table in opened.items()], layers=list(LAYERS))


@router.get("/{address}", responses=NOT_THERE)
def show_table(address: str) -> TableInDetail:
    """A table's columns and days."""
    table = known_table(LakeSettings.from_environment(), address)
    columns = [Column(name=field.name, type=str(field.type.to_json()).strip('"')) for field in table.schema().fields]
    by_day = {day: extent.rows for day, extent in extents(table).items() if day is not None}
    days = {day.isoformat(): by_day[day] for day in sorted(by_day)}
    return TableInDetail(**figures_of(address, table, load_contracts()), columns=columns, days=days)


@router.get("/{address}/rows", responses=NOT_THERE)
def show_rows(address: str, span: Within, limit: Limit = 100, offset: Offset = 0) -> Rows:
    """Rows of the span, the newest first; without a span those of the newest day. A table's time is its window's start, else its event's,
    else its day; a table that has none of them takes no span."""
    lake = LakeSettings.from_environment()
    table = known_table(lake, address)
    if span != Span() and not has_times(column_names(table)):
        name, given = ("from", span.first) if span.first is not None else ("to", span.last)
        raise no_value(name, "the table has neither times nor days; valid: no span, and `offset` for what is further off", str(given))
    if offset > FURTHEST_RAW and is_raw(table):
        raise no_value("offset", f"the table has raw records; valid: up to {FURTHEST_RAW}, or a span", offset)
    return rows_of(page(lake, address, span, limit=limit, offset=offset))
