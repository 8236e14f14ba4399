"""Tables that a process keeps open: of one that was read a moment ago, only what its log has since then is read."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Lock

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from include.delta_log import open_table
from include.settings import LakeSettings

FRESH_SECONDS = 2.0
KEPT_SECONDS = 600.0  # then it is opened anew: a table that was dropped and made again is another one
_THREADS = 8


class OpenTables:
    """The tables of a lake. Any thread may ask."""

    def __init__(self, lake: LakeSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._lake, self._clock = lake, clock
        self._held: dict[str, tuple[DeltaTable, float, float]] = {}  # with the time of its opening, and of the last look at its log
        self._guards: dict[str, Lock] = defaultdict(Lock)

    def get(self, address: str) -> DeltaTable | None:
        """The table as it was at most FRESH_SECONDS ago; None while there is none. Raises StoreError, and SettingsError for what is no
        address."""
        try:
            with self._guards[address]:
                return self._up_to_date(address)
        finally:
            if address not in self._held:
                self._guards.pop(address, None)  # what is not there leaves nothing behind, whoever asks for it

    def _up_to_date(self, address: str) -> DeltaTable | None:
        now = self._clock()
        table, opened, looked = self._held.get(address, (None, 0.0, 0.0))
        if table is not None and now - looked < FRESH_SECONDS:
            return table
        if table is None or now - opened >= KEPT_SECONDS or not _is_brought_up_to_date(table):
            table, opened = open_table(self._lake, address), now
        if table is None:
            self._held.pop(address, None)
        else:
            self._held[address] = table, opened, now
        return table

    def get_all(self, addresses: list[str]) -> dict[str, DeltaTable]:
        """Those of them that there are. Raises StoreError."""
        with ThreadPoolExecutor(_THREADS) as threads:
            opened = threads.map(self.get, addresses)
            return {address: table for address, table in zip(addresses, opened, strict=True) if table is not None}


def _is_brought_up_to_date(table: DeltaTable) -> bool:
    try:
        table.update_incremental()
    except (DeltaError, OSError):
        return False  # opening it anew says why, if it still is so
    return True


@cache
def open_tables(lake: LakeSettings) -> OpenTables:
    """Those of the process."""
    return OpenTables(lake)
