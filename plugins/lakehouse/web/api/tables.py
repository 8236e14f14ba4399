"""/tables: which there are, how large, how fresh; their rows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from fastapi import APIRouter

from include.catalog import GOLD
from include.delta_log import extents, newest_event
from include.open_tables import open_tables
from include.settings import LAYERS, LakeSettings
from include.table_listing import all_tables
from include.table_pages import known_table, newest_day, page
from lakehouse.web.answers import Column, Rows, Table, TableInDetail, Tables
from lakehouse.web.api.parameters import NOT_THERE, Layer, Limit, Offset, Within, rows_of

if TYPE_CHECKING:
    from deltalake import DeltaTable

router = APIRouter(prefix="/tables", tags=["tables"])
_SYSTEMS = {name: system for system, names in GOLD.items() for name in names} | {"model_runs": "planets"}


@router.get("")
def list_tables(layer: Layer | None = None) -> Tables:
    """All tables, or those of a layer."""
    lake = LakeSettings.from_environment()
    opened = open_tables(lake).get_all(all_tables(lake, [layer] if layer else LAYERS))
    return Tables(items=[Table(**_figures(address, table)) for address, table in opened.items()], layers=list(LAYERS))


@router.get("/{address}", responses=NOT_THERE)
def show_table(address: str) -> TableInDetail:
    """A table's columns and days."""
    table = known_table(LakeSettings.from_environment(), address)
    columns = [Column(name=field.name, type=str(field.type.to_json()).strip('"')) for field in table.schema().fields]
    by_day = {day: extent.rows for day, extent in extents(table).items() if day is not None}
    days = {day.isoformat(): by_day[day] for day in sorted(by_day)}
    return TableInDetail(**_figures(address, table), columns=columns, days=days)


@router.get("/{address}/rows", responses=NOT_THERE)
def show_rows(address: str, span: Within, limit: Limit = 100, offset: Offset = 0) -> Rows:
    """Rows of the span, the newest first; without a span those of the newest day. A table's time is its window's start, else its event's,
    else its day."""
    return rows_of(page(LakeSettings.from_environment(), address, span, limit=limit, offset=offset))


def _figures(address: str, table: DeltaTable) -> dict[str, object]:
    layer, _, name = address.partition(".")
    by_day = extents(table)
    newest: datetime | None = newest_event(table)
    day = newest_day({day: extent.rows for day, extent in by_day.items() if day is not None})
    return {
        "address": address,
        "layer": layer,
        "system": _SYSTEMS.get(name) if layer == "gold" else None,
        "rows": sum(extent.rows for extent in by_day.values()),
        "bytes": sum(extent.bytes for extent in by_day.values()),
        "files": sum(extent.files for extent in by_day.values()),
        "version": table.version(),
        "newest_day": day.isoformat() if day else None,
        "newest_event_at": newest.isoformat() if newest else None,
    }
