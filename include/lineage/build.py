"""A build of tables, as OpenLineage is told of it: it starts, and is complete or fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import uuid4

from include.delta_log import extents, open_table, rows_by_day
from include.delta_log import version as newest_version
from include.lineage.telling import Teller, teller
from include.settings import LakeSettings

if TYPE_CHECKING:
    from deltalake import DeltaTable
    from openlineage.client.event_v2 import InputDataset, OutputDataset, RunEvent


@dataclass(frozen=True)
class Read:
    """A table that is read: its version (None: there is none yet), and the rows that are taken."""

    address: str
    version: int | None
    rows: int


@contextmanager
def told_build(
    lake: LakeSettings,
    job: str,
    day: date,
    run_id: str,
    reads: Callable[[], Sequence[Read]],
    writes: Sequence[str],
    to: Teller | None = None,
) -> Iterator[None]:
    """Tells that the job builds the tables of `writes` for the day, while the `with` lasts. `reads` is asked before anything is read.

    Rows written are those that each table has of the day at the version that is read back once they are there; of a table without days,
    all its rows. Raises what the job raises, and nothing of its own.
    """
    told = _Told(lake, job, day, run_id, to or teller())
    told.start(reads)
    try:
        yield
    except BaseException as error:
        told.fail(error)
        raise
    told.complete(writes)


def read_newest(lake: LakeSettings, address: str, day: date) -> Read:
    """The newest version of the table, and its rows of the day."""
    at = newest_version(lake, address)
    return Read(address, at, 0 if at is None else rows_by_day(lake, address, at).get(day, 0))


class _Told:
    def __init__(self, lake: LakeSettings, job: str, day: date, run_id: str, to: Teller) -> None:
        self._lake, self._job, self._day, self._run_id, self._to = lake, job, day, run_id, to
        self._inputs: list[InputDataset] = []
        self._id = ""

    def start(self, reads: Callable[[], Sequence[Read]]) -> None:
        def make() -> RunEvent:
            self._inputs = [self._input(read) for read in reads()]
            self._id = str(uuid4())
            return self._event("START")

        self._to.tell(make)

    def complete(self, writes: Sequence[str]) -> None:
        if self._id:  # what was not told to begin does not end
            self._to.tell(lambda: self._event("COMPLETE", [self._output(address) for address in writes]))

    def fail(self, error: BaseException) -> None:
        if self._id:
            self._to.tell(lambda: self._event("FAIL", error=f"{type(error).__name__}: {error}"))

    def _event(self, state: str, outputs: Sequence[OutputDataset] = (), error: str = "") -> RunEvent:
        from openlineage.client.event_v2 import RunState

        from include.lineage import events

        facets = events.of_day(self._day, self._run_id) | (events.failed(error) if error else {})
        return events.event(RunState[state], self._id, self._job, events.BATCH, facets, self._inputs, outputs)

    def _input(self, read: Read) -> InputDataset:
        from include.lineage import events

        table = None if read.version is None else open_table(self._lake, read.address, read.version)
        return events.table_read(self._lake, read.address, table, read.rows)

    def _output(self, address: str) -> OutputDataset:
        from include.lineage import events

        table = open_table(self._lake, address)
        return events.table_written(self._lake, address, table, 0 if table is None else _rows(table, self._day))


def _rows(table: DeltaTable, day: date) -> int:
    by_day = extents(table)
    held = by_day.get(day) or by_day.get(None)
    return held.rows if held else 0
