"""What a driver has read of each topic and written to its bronze table, as OpenLineage is told of it: from time to time, of feeds that
committed since, in a thread of its own. A run for each feed, from the driver's start to its end."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

from include.contracts import Contract
from include.lineage.telling import Teller, teller
from include.settings import KafkaSettings, LakeSettings
from jobs.stream.feed import FeedFigures, Reached

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openlineage.client.event_v2 import RunEvent

TELL_SECONDS = 300.0
END_SECONDS = 5.0  # that a driver waits for its last events to be sent


@dataclass
class _Run:
    """A feed's run: its id ("" before it was told to start), and what was last told."""

    id: str = ""
    told: Reached | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class StreamLineage(threading.Thread):
    """`figures` are those of the driver's feeds, by topic."""

    def __init__(
        self,
        kafka: KafkaSettings,
        lake: LakeSettings,
        contracts: Mapping[str, Contract],
        figures: Mapping[str, FeedFigures],
        to: Teller | None = None,
    ) -> None:
        super().__init__(name="lineage", daemon=True)
        self._kafka, self._lake, self._contracts, self._figures, self._to = kafka, lake, contracts, figures, to or teller()
        self._runs = {topic: _Run() for topic in contracts}
        self._end = threading.Event()

    @property
    def failures(self) -> int:
        """Events that were not sent."""
        return self._to.failures

    def run(self) -> None:
        while not self._end.wait(TELL_SECONDS):
            for topic in self._contracts:
                self.tell(topic, "RUNNING")

    def end(self, error: str | None = None) -> None:
        """Tells the last of each feed. Returns soon, though nobody takes it."""
        self._end.set()
        last = threading.Thread(target=self._tell_last, args=(error,), name="last-lineage", daemon=True)
        last.start()
        last.join(END_SECONDS)

    def _tell_last(self, error: str | None) -> None:
        for topic in self._contracts:
            self.tell(topic, "COMPLETE" if error is None else "FAIL", error or "")

    def tell(self, topic: str, state: str, error: str = "") -> None:
        """Tells what the feed has committed since it was last told; of one that goes on and has not, nothing. A run begins with its first
        event."""
        run, reached = self._runs[topic], self._figures[topic].reached
        with run.lock:
            began = run.told or self._figures[topic].began
            if reached is None or began is None or (state == "RUNNING" and reached.next_offsets == began.next_offsets):
                return
            if not run.id:
                run.id = str(uuid4())
                self._to.tell(lambda: self._event(topic, run.id, "START", began, began))
            self._to.tell(lambda: self._event(topic, run.id, state, began, reached, error))
            run.told = reached

    def _event(self, topic: str, run_id: str, state: str, since: Reached, reached: Reached, error: str = "") -> RunEvent:
        from openlineage.client.event_v2 import RunState

        from include.delta_log import open_table
        from include.lineage import events

        contract = self._contracts[topic]
        before = since.next_offsets if since.topic_id == reached.topic_id else {}
        read = {number: (before.get(number, 0), beyond) for number, beyond in reached.next_offsets.items()}
        rows = reached.rows - since.rows
        inputs = [events.topic(self._kafka, contract, reached.topic_id, read, rows)]
        # Its columns are the same at any version, and one of a feed that has been idle may have left the log.
        table = open_table(self._lake, contract.bronze)
        outputs = [events.table_written(self._lake, contract.bronze, table, rows, reached.version)]
        facets = events.failed(error) if error else {}
        job = f"stream.{contract.feed}"
        return events.event(RunState[state], run_id, job, events.streaming(TELL_SECONDS), facets, inputs, outputs)
