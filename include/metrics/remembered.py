"""What was made of a table, kept until the table has another version: most are asked more often than they change."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, TypeVar

from include.errors import StoreError
from include.open_tables import OpenTables

if TYPE_CHECKING:
    from deltalake import DeltaTable

KEPT_SECONDS = 60.0  # what is made of a table may depend on the clock a little, and a table may be made anew

Made = TypeVar("Made")


@dataclass(frozen=True)
class _Known(Generic[Made]):
    version: int
    made: float
    looked: float  # when that was last seen to be the newest version
    value: Made


class Remembered(Generic[Made]):
    """What `make` makes of the tables that a process keeps open. Any thread may ask."""

    def __init__(self, tables: OpenTables, make: Callable[[DeltaTable], Made], clock: Callable[[], float] = time.monotonic) -> None:
        self._tables, self._make, self._clock = tables, make, clock
        self._known: dict[str, _Known[Made]] = {}

    def of(self, address: str, for_seconds: float = 0.0) -> Made | None:
        """None while there is no such table. Its log is not looked at where it was so lately. Raises StoreError where it cannot be read."""
        from deltalake.exceptions import DeltaError

        known, now = self._known.get(address), self._clock()
        if known is not None and now - known.looked < for_seconds:
            return known.value
        table = self._tables.get(address)
        if table is None:
            self._known.pop(address, None)
            return None
        version = table.version()
        if known is None or known.version != version or now - known.made >= KEPT_SECONDS:
            try:
                known = _Known(version, now, now, self._make(table))
            except (DeltaError, OSError) as error:
                raise StoreError(f"the table could not be read: {error}", where=address, fix="see that the store is up") from error
        self._known[address] = replace(known, looked=now)
        return known.value
