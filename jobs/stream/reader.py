"""The one query of a driver: started from given offsets, stopped, and watched."""

from __future__ import annotations

import json
import logging
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from include.contracts import Contract
from include.errors import StreamError
from include.settings import KafkaSettings
from include.streams.durations import DurationFigures
from include.streams.settings import StreamSettings
from include.words import many
from jobs.stream.pace import Pace
from jobs.stream.read import start_query

log = logging.getLogger(__name__)

_CAUSE = re.compile(r"(?:Caused by: )?[A-Za-z_][\w.$]*(?:Error|Exception)\b")


class Sink(Protocol):
    """Where micro-batches go: the driver's buffers, or Spark's own writer."""

    def receive(self, frame: DataFrame) -> Any:
        """Brings the micro-batch to the driver, if that is where it goes."""

    def deliver(self, received: Any) -> tuple[int, int]:
        """Takes it over; its records and bytes. Not called for a query that was stopped."""

    def wait_for_room(self, given_up: Callable[[], bool]) -> None:
        """Returns when the next micro-batch may come, or `given_up` says that it is not wanted any more."""


def cause(told: str) -> str:
    """The first line of Spark's error, and the last cause that it names further down, where it does."""
    first, *rest = told.splitlines() or [""]
    causes = [line.strip() for line in rest if _CAUSE.match(line)]
    return f"{first} {causes[-1]}" if causes else first


class Reader:
    """Reads micro-batches and delivers them; a stopped query's late delivery is dropped."""

    def __init__(self, spark: SparkSession, kafka: KafkaSettings, settings: StreamSettings, sink: Sink, available_now: bool) -> None:
        self._spark, self._kafka, self._settings, self._sink, self._available_now = spark, kafka, settings, sink, available_now
        self._pace = Pace(settings.batch_rows, settings.batch_megabytes * 1024 * 1024)
        self._query: StreamingQuery | None = None
        self._checkpoint: str | None = None
        self._generation = 0
        self._turn = threading.Lock()  # a delivery and a change of query exclude each other
        self.batch_seconds = 0.0
        self.durations = DurationFigures()
        self.records = 0
        self.starts = 0

    def reading(self) -> bool:
        return self._query is not None and self._query.isActive

    def wants_restart(self) -> bool:
        return self._pace.wants_change()

    def behind(self) -> bool:
        """Whether the last micro-batch was as large as it may be."""
        return self._pace.full

    def ended(self) -> str | None:
        """Why a started query no longer runs: "" when it is done, else the error; None when it runs or was never started.

        Raises StreamError where Spark's scratch folders were deleted under it: no query of this process can run any more, another process
        makes its own.
        """
        if self._query is None or self._query.isActive:
            return None
        error = self._query.exception()
        told = "" if error is None else str(error).strip()
        if "blockmgr-" in told and "NoSuchFileException" in told:
            fix = "nothing is needed: the controller starts another driver, and what was not committed is read again"
            raise StreamError("the driver's scratch folder on disk was deleted, so that it ends", fix=fix)
        return cause(told)

    def reached(self) -> dict[str, dict[int, int]]:
        """Topic → partition → how far the query has read and delivered; empty before its first micro-batch."""
        progress = None if self._query is None else self._query.lastProgress
        if progress is None or not progress.sources[0].endOffset:
            return {}
        found: dict[str, dict[str, int]] = json.loads(progress.sources[0].endOffset)
        return {topic: {int(number): offset for number, offset in places.items()} for topic, places in found.items()}

    def start(self, contracts: tuple[Contract, ...], offsets: Callable[[], Mapping[str, Mapping[int, int]]]) -> None:
        """Starts a query in place of the running one. `offsets` is asked once nothing more can be delivered.

        Raises StreamError when Spark cannot start it: its folder may have been deleted in that moment, and the next try has another.
        """
        self.stop()
        start = offsets()
        with self._turn:
            generation = self._generation
        self.starts += 1
        self._checkpoint = tempfile.mkdtemp(prefix="headwater-stream-")
        try:
            self._query = start_query(
                self._spark,
                self._kafka,
                contracts,
                start,
                lambda frame, _number: self._on_batch(frame, generation),
                checkpoint=f"file://{self._checkpoint}",
                max_records=self._pace.adjust(),
                trigger_milliseconds=self._settings.trigger_milliseconds,
                available_now=self._available_now,
            )
        except (PySparkException, Py4JJavaError) as error:
            why = str(error).strip().split("\n")[0:2]
            raise StreamError(f"the query could not be started: {' '.join(why)}", fix="it is tried again") from error
        log.info("reading %s, at most %d records a micro-batch", many(len(start), "topic"), self._pace.limit)

    def stop(self) -> None:
        """Stops the query; after that nothing is delivered."""
        with self._turn:
            self._generation += 1
        if self._query is not None:
            self._query.stop()
            self._query = None
        if self._checkpoint is not None:
            shutil.rmtree(self._checkpoint, ignore_errors=True)
            self._checkpoint = None

    def _on_batch(self, frame: DataFrame, generation: int) -> None:
        started = time.monotonic()
        received = self._sink.receive(frame)
        with self._turn:
            if generation != self._generation:
                return
            records, size = self._sink.deliver(received)
            self._pace.saw(records, size)
        self._sink.wait_for_room(lambda: generation != self._generation)
        self.batch_seconds = time.monotonic() - started
        self.durations.note(self.batch_seconds)
        self.records += records
