"""What a driver has read of each topic and written to its tables, as OpenLineage is told of it: from time to time, of tables that committed
since, in a thread of its own. A run for each feed and each live table, from the driver's start to its end."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from include.contracts import Contract
from include.lineage.telling import Teller, teller
from include.settings import KafkaSettings, LakeSettings
from jobs.stream.feed import FeedFigures, Reached
from jobs.stream.outlets import LiveFigures, LiveReached

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from openlineage.client.event_v2 import InputDataset, OutputDataset, RunEvent

    Datasets = tuple[list[InputDataset], list[OutputDataset]]

TELL_SECONDS = 300.0
END_SECONDS = 5.0  # that a driver waits for its last events to be sent


@dataclass
class _Run:
    """A table's run: what is known of the table, what was read and written between two commits of it, the run's id ("" before it was told
    to start), and what was last told."""

    job: str
    figures: FeedFigures | LiveFigures
    datasets: Callable[[Any, Any], Datasets]
    id: str = ""
    told: Reached | LiveReached | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class StreamLineage(threading.Thread):
    """`figures` are those of the driver's feeds, by topic; `live` those of its live tables, by name. A run is known by topic or address."""

    def __init__(
        self,
        kafka: KafkaSettings,
        lake: LakeSettings,
        contracts: Mapping[str, Contract],
        figures: Mapping[str, FeedFigures],
        to: Teller | None = None,
        live: Mapping[str, LiveFigures] | None = None,
    ) -> None:
        super().__init__(name="lineage", daemon=True)
        self._kafka, self._lake, self._contracts, self._to = kafka, lake, contracts, to or teller()
        feeds = {
            topic: _Run(f"stream.{contract.feed}", figures[topic], partial(self._of_feed, contract))
            for topic, contract in contracts.items()
        }
        tables = {f"live.{name}": each for name, each in (live or {}).items()}
        self._runs = feeds | {address: _Run(address, each, partial(self._of_live, address)) for address, each in tables.items()}
        self._end = threading.Event()

    @property
    def failures(self) -> int:
        """Events that were not sent."""
        return self._to.failures

    def run(self) -> None:
        while not self._end.wait(TELL_SECONDS):
            for name in self._runs:
                self.tell(name, "RUNNING")

    def end(self, error: str | None = None) -> None:
        """Tells the last of each run. Returns soon, though nobody takes it."""
        self._end.set()
        last = threading.Thread(target=self._tell_last, args=(error,), name="last-lineage", daemon=True)
        last.start()
        last.join(END_SECONDS)

    def _tell_last(self, error: str | None) -> None:
        for name in self._runs:
            self.tell(name, "COMPLETE" if error is None else "FAIL", error or "")

    def tell(self, name: str, state: str, error: str = "") -> None:
        """Tells what the table has committed since it was last told; of one that goes on and has not, nothing. A run begins with its first
        event."""
        run = self._runs[name]
        reached = run.figures.reached
        with run.lock:
            began = run.told or run.figures.began
            if reached is None or began is None or (state == "RUNNING" and reached.next_offsets == began.next_offsets):
                return
            if not run.id:
                run.id = str(uuid4())
                self._to.tell(lambda: self._event(run, "START", began, began))
            self._to.tell(lambda: self._event(run, state, began, reached, error))
            run.told = reached

    def _event(self, run: _Run, state: str, since: object, reached: object, error: str = "") -> RunEvent:
        from openlineage.client.event_v2 import RunState

        from include.lineage import events

        inputs, outputs = run.datasets(since, reached)
        facets = events.failed(error) if error else {}
        return events.event(RunState[state], run.id, run.job, events.streaming(TELL_SECONDS), facets, inputs, outputs)

    def _of_feed(self, contract: Contract, since: Reached, reached: Reached) -> Datasets:
        from include.lineage import events

        before = since.next_offsets if since.topic_id == reached.topic_id else {}
        rows = reached.rows - since.rows
        inputs = [events.topic(self._kafka, contract, reached.topic_id, _between(before, reached.next_offsets), rows)]
        return inputs, [self._written(contract.bronze, reached.version, rows)]

    def _of_live(self, address: str, since: LiveReached, reached: LiveReached) -> Datasets:
        """Of records that break their contract no row comes, so how many rows the records were is not told."""
        from include.lineage import events

        inputs = []
        for topic, offsets in sorted(reached.next_offsets.items()):
            topic_id = reached.topic_ids[topic]
            before = since.next_offsets.get(topic, {}) if since.topic_ids.get(topic) == topic_id else {}
            inputs.append(events.topic(self._kafka, self._contracts[topic], topic_id, _between(before, offsets)))
        return inputs, [self._written(address, reached.version, reached.rows - since.rows)]

    def _written(self, address: str, version: int, rows: int) -> OutputDataset:
        from include.delta_log import open_table
        from include.lineage import events

        # Its columns are the same at any version, and one of a table that has been idle may have left the log.
        return events.table_written(self._lake, address, open_table(self._lake, address), rows, version)


def _between(before: Mapping[int, int], after: Mapping[int, int]) -> dict[int, tuple[int, int]]:
    return {number: (before.get(number, 0), beyond) for number, beyond in after.items()}
