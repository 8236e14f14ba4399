"""What the API says of a table: how large, how fresh, of what it is computed. Kept for as long as the table's version is the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from include.catalog import GOLD, gold_sources, live_tables, silver_tables
from include.contracts import Contracts
from include.delta_log import extents, newest_event
from include.grain import SIDES
from include.table_pages import newest_day
from include.watch.history import LATELY, came_since, is_history

if TYPE_CHECKING:
    from deltalake import DeltaTable

_OWNERS = {name: system for system, names in GOLD.items() for name in names} | {"model_runs": "planets"}
# Address of the table's folder → what was asked, and what was found; the clock counts by the minute, for what is dated ahead.
_KEPT: dict[str, tuple[tuple[object, ...], dict[str, Any]]] = {}


def figures_of(address: str, table: DeltaTable, contracts: Contracts, now: datetime | None = None) -> dict[str, Any]:
    """The fields of `answers.Table`."""
    at = now or datetime.now(UTC)
    asked = (table.metadata().id, table.version(), at.replace(second=0, microsecond=0), address)
    kept, found = _KEPT.get(table.table_uri, (None, {}))
    if kept != asked:
        found = _measured(address, table, contracts, at)
        _KEPT[table.table_uri] = asked, found
    return found


def _measured(address: str, table: DeltaTable, contracts: Contracts, now: datetime) -> dict[str, Any]:
    layer, _, name = address.partition(".")
    feeds = _feeds_of(layer, name, contracts)
    systems = {contracts[feed].system for feed in feeds}
    by_day = extents(table)
    held = {day: extent.rows for day, extent in by_day.items() if day is not None}
    newest, day = newest_event(table), newest_day(held)
    over = max((day for day, rows in held.items() if rows and day < now.date()), default=None)
    return {
        "address": address,
        "layer": layer,
        "system": _OWNERS.get(name) if layer in ("gold", "live") else systems.pop() if len(systems) == 1 else None,
        "sources": _sources(layer, name, feeds),
        "rows": sum(extent.rows for extent in by_day.values()),
        "bytes": sum(extent.bytes for extent in by_day.values()),
        "files": sum(extent.files for extent in by_day.values()),
        "version": table.version(),
        "newest_day": day.isoformat() if day else None,
        "newest_over_day": over.isoformat() if over else None,
        "is_history": layer == "bronze" and bool(feeds) and _brings_history(table, contracts, feeds[0], now),
        "newest_event_at": newest.isoformat() if newest else None,
    }


def _feeds_of(layer: str, name: str, contracts: Contracts) -> list[str]:
    """The feeds whose records the table has, as far as their contracts can be read."""
    if layer == "live":
        listed = list(live_tables(contracts.feeds).get(name, ()))
    elif layer == "silver":
        listed = [feed for feed in contracts.feeds if name in silver_tables(feed)]
    else:
        listed = [name] if layer in ("bronze", *SIDES) else []
    return [feed for feed in listed if feed in contracts.feeds]


def _sources(layer: str, name: str, feeds: list[str]) -> list[str]:
    if layer == "gold":
        return [f"silver.{each}" for each in gold_sources(name)]
    return [] if layer == "bronze" else [f"bronze.{feed}" for feed in feeds]


def _brings_history(table: DeltaTable, contracts: Contracts, feed: str, now: datetime) -> bool:
    """As the DAG `watch` judges it."""
    return is_history(came_since(table, now - LATELY), timedelta(seconds=contracts[feed].sla.freshness_seconds))
