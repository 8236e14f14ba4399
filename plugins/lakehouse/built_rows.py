"""What a task that has built a day tells of it: the events of its assets, and a line in its log for each table, of rows in and rows out."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from airflow.sdk import Asset, get_current_context

from include.catalog import gold_sources, silver_tables

log = logging.getLogger(__name__)

OUT = ("silver_rows", "superseded_rows", "quarantine_rows", "dead_letter_rows")


def tell_assets(tables: Sequence[Asset], day: date) -> dict[str, int]:
    """Adds to the events that the running task's assets get: the day, its rows (of a table without days all rows), the table's version.
    The address of each table that there is → its version."""
    from include.delta_log import open_table
    from include.settings import LakeSettings

    lake, events, versions = LakeSettings.from_environment(), get_current_context()["outlet_events"], {}
    for asset in tables:
        table = open_table(lake, asset.name)
        events[asset].extra = {"event_date": day.isoformat()}
        if table is not None:
            versions[asset.name] = table.version()
            events[asset].extra |= {"rows": _rows_of(table, day), "version": table.version()}
    return versions


def log_silver(counts: Mapping[str, Mapping[str, int | None]], versions: Mapping[str, int], day: str) -> None:
    """A line a feed; `counts`: those of `build_silver`."""
    for feed, rows in sorted(counts.items()):
        out = ", ".join(f"{name.removesuffix('_rows').replace('_', ' ')} {rows[name]}" for name in OUT)
        at = ", ".join(f"silver.{name} {versions[f'silver.{name}']}" for name in silver_tables(feed) if f"silver.{name}" in versions)
        told = "%s of %s: rows in %s (bronze, table version %s), rows out: %s; table version: %s"
        log.info(told, feed, day, rows["bronze_rows"], rows["bronze_version"], out, at or "none")


def log_gold(rows: Mapping[str, int], versions: Mapping[str, int], day: date) -> None:
    """A line a table; `rows`: those of `build_gold`."""
    from include.delta_log import open_table
    from include.settings import LakeSettings

    lake, read = LakeSettings.from_environment(), {}
    sources = {address: gold_sources(address.partition(".")[2]) for address in rows}
    for name in sorted(set().union(*sources.values())):
        table = open_table(lake, f"silver.{name}")
        read[name] = 0 if table is None else _rows_of(table, day)
    for address, out in sorted(rows.items()):
        came = ", ".join(f"silver.{name} {read[name]}" for name in sources[address])
        log.info("%s of %s: rows in: %s, rows out %s, table version %s", address, day, came or "none", out, versions.get(address, "none"))


def _rows_of(table: Any, day: date) -> int:
    """Rows of the day; of a table without days all."""
    from include.delta_log import extents

    by_day = extents(table)
    held = by_day.get(day) or by_day.get(None)
    return held.rows if held else 0
