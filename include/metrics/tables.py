"""Every table: how much there is of it and how new it is, from its log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client.metrics_core import Metric

from include.delta_log import Extent, extents, newest_event
from include.errors import StoreError
from include.metrics.families import gauge, seconds_of
from include.metrics.remembered import Remembered
from include.settings import LakeSettings
from include.table_listing import all_tables

if TYPE_CHECKING:
    from deltalake import DeltaTable

_TABLE = ("layer", "table")
_THREADS = 8
# Of all others the log is looked at once in so many seconds: they change when a day is built.
_ALWAYS_CHANGING = ("bronze", "live")
_SELDOM_SECONDS = 45.0


@dataclass(frozen=True)
class Figures:
    """What the log says of a table at a version."""

    held: Extent
    version: int
    newest: float | None  # seconds since 1970


def table_metrics(lake: LakeSettings, figures: Remembered[Figures]) -> Iterator[Metric]:
    """A table that cannot be read hides no other. Raises StoreError where they cannot be listed."""
    addresses = all_tables(lake)
    with ThreadPoolExecutor(_THREADS) as threads:
        asked = dict(zip(addresses, threads.map(lambda address: _of(figures, address), addresses), strict=True))
    readable = [(_labels(address), float(not isinstance(found, StoreError))) for address, found in asked.items() if found is not None]
    yield gauge("headwater_table_readable", "0: its log cannot be read", _TABLE, readable)
    yield from _of_tables({address: found for address, found in asked.items() if isinstance(found, Figures)})


def _of_tables(found: Mapping[str, Figures]) -> Iterator[Metric]:
    each = [(_labels(address), figures) for address, figures in found.items()]
    yield gauge("headwater_table_rows", "Rows of the table", _TABLE, [(t, f.held.rows) for t, f in each])
    yield gauge("headwater_table_bytes", "Bytes of its files", _TABLE, [(t, f.held.bytes) for t, f in each])
    yield gauge("headwater_table_files", "Files that it is made of", _TABLE, [(t, f.held.files) for t, f in each])
    yield gauge("headwater_table_version", "Its Delta version", _TABLE, [(t, f.version) for t, f in each])
    about = "The latest event, or window's start, that is not dated ahead"
    yield gauge("headwater_table_newest_event_timestamp_seconds", about, _TABLE, [(t, f.newest) for t, f in each])


def _labels(address: str) -> tuple[str, str]:
    return address.partition(".")[0], address


def _of(figures: Remembered[Figures], address: str) -> Figures | StoreError | None:
    """None of a folder that is no table yet."""
    try:
        return figures.of(address, 0.0 if _labels(address)[0] in _ALWAYS_CHANGING else _SELDOM_SECONDS)
    except StoreError as error:
        return error


def read_figures(table: DeltaTable) -> Figures:
    return Figures(sum(extents(table).values(), Extent()), table.version(), seconds_of(newest_event(table)))
