"""What was made of a table, kept until the table has another version: most are asked more often than they change."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from include.errors import StoreError
from include.open_tables import OpenTables

if TYPE_CHECKING:
    from deltalake import DeltaTable

KEPT_SECONDS = 60.0  # what is made of a table may depend on the clock a little, and a table may be made anew

Made = TypeVar("Made")


@dataclass(frozen=True)
class _Known:
    version: int
    at: float
    value: Any


class Remembered:
    """Of the tables that a process keeps open. One thing is made of each table. Any thread may ask."""

    def __init__(self, tables: OpenTables, clock: Callable[[], float] = time.monotonic) -> None:
        self._tables, self._clock = tables, clock
        self._known: dict[str, _Known] = {}

    def made_of(self, address: str, make: Callable[[DeltaTable], Made]) -> Made | None:
        """None while there is no such table. Raises StoreError where it cannot be read."""
        from deltalake.exceptions import DeltaError

        table = self._tables.get(address)
        if table is None:
            self._known.pop(address, None)
            return None
        known, now, version = self._known.get(address), self._clock(), table.version()
        if known is not None and known.version == version and now - known.at < KEPT_SECONDS:
            return known.value  # type: ignore[no-any-return]
        try:
            value = make(table)
        except (DeltaError, OSError) as error:
            raise StoreError(f"the table could not be read: {error}", where=address, fix="see that the store is up") from error
        self._known[address] = _Known(version, now, value)
        return value
