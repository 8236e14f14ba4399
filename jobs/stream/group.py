"""A stream group at work: one query reads all its topics, a few threads commit, and each feed fails alone.

Reading runs ahead of committing: a micro-batch is done when its records are buffered. What was not committed is read again
after a crash, because a start reads from the tables' offsets.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from pyspark.sql import SparkSession

from include.contracts import Contract
from include.errors import FencedError, HeadwaterError, StreamError, TopicError
from include.streams.settings import StreamSettings
from jobs.stream.feed import FeedFigures, FeedStream
from jobs.stream.live import Live
from jobs.stream.opening import Opening
from jobs.stream.parked import Parked
from jobs.stream.places import Places
from jobs.stream.reader import Reader
from jobs.stream.sinks import BufferSink, SparkSink
from jobs.stream.upkeep import Upkeep

log = logging.getLogger(__name__)

GAPS_SECONDS = 2.0


class StreamGroup:
    """The feeds of one group, their query and their commits. `run` is the driver's main loop."""

    def __init__(
        self,
        contracts: tuple[Contract, ...],
        spark: SparkSession,
        opening: Opening,
        settings: StreamSettings,
        on_committed: Callable[[FeedStream], None],
        available_now: bool = False,
    ) -> None:
        self.contracts = {contract.topic.name: contract for contract in contracts}
        self.feeds: dict[str, FeedStream] = {}
        self._opened: dict[str, FeedStream] = {}  # the query does not read them yet
        self.figures = {topic: FeedFigures() for topic in self.contracts}
        self.parked = {topic: Parked() for topic in self.contracts}
        self.last_error: str | None = None
        self._kafka, self._lease, lake = opening.kafka, opening.lease, opening.lake
        self._opening, self._settings, self._on_committed, self._available_now = opening, settings, on_committed, available_now
        self._upkeep = Upkeep(lake, beside=settings.writer == "driver", at_once=available_now)
        self.live = Live.over(contracts if settings.live else (), opening, lambda: self.reader.behind(), available_now)
        self._changed = threading.Condition()
        sink = BufferSink(self, settings.task_slots) if settings.writer == "driver" else SparkSink(self)
        self.reader = Reader(spark, self._kafka, settings, sink, available_now)
        self._stopping, self._stale = threading.Event(), threading.Event()
        self._busy: set[str] = set()
        self._query, self._gaps_noted_at = Parked(), 0.0

    def stop(self) -> None:
        """Asks `run` to read no more, to commit what was read, and to return."""
        self._stopping.set()
        self._notify()

    def topics_changed(self) -> None:
        """Tells that topics, partitions or topic ids are not what they were."""
        self._stale.set()
        self._notify()

    def run(self) -> None:
        """Reads and commits until stopped, or, with `available_now`, until what was there is committed."""
        with self._upkeep, self.live, ThreadPoolExecutor(self._settings.commit_threads, thread_name_prefix="commit") as pool:
            try:
                while not self._stopping.is_set() and not (self._available_now and self.reader.ended() == ""):
                    self._lease.check()
                    self.live.check()
                    self._keep_reading()
                    self._note_gaps()
                    self._commit_due(pool, time.monotonic())
                    with self._changed:
                        self._changed.wait(self._seconds_to_wait())
            finally:
                reached = self.reader.reached()
                self.reader.stop()
            self._drain(pool)
            self._reach(reached)
            self._drain(pool)
        out = [topic for topic, parked in self.parked.items() if parked.failures and topic not in self.feeds]
        failed = {topic: self.figures[topic].last_error for topic in out} | self.live.failed()
        if self._available_now and failed:
            raise StreamError("not all feeds could be drained", value=failed, fix="see the errors; run it again")

    def _drain(self, pool: ThreadPoolExecutor) -> None:
        """Commits all that is pending."""
        while any(feed.due_at() for feed in list(self.feeds.values())) or self._busy:
            self._lease.check()
            self._commit_due(pool, float("inf"))
            with self._changed:
                self._changed.wait(0.1)

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _seconds_to_wait(self) -> float:
        """Until the next commit is due, or something else may be: a delivery or a finished commit wakes us earlier."""
        now = time.monotonic()
        dues = [due for topic, feed in list(self.feeds.items()) if topic not in self._busy and (due := feed.due_at())]
        return max(0.005, min([due - now for due in dues], default=0.5))

    # Reading

    def _keep_reading(self) -> None:
        """Sees that a query reads every feed that can be written."""
        now = time.monotonic()
        ended = self.reader.ended()
        if ended is not None:
            self.reader.stop()
            self._query_failed(ended or "it ended by itself")
        if now < self._query.until:
            return
        try:
            self._open_beside()
            if self._opened or not self.reader.reading() or self._stale.is_set() or self.reader.wants_restart():
                self._stale.clear()
                self.reader.start(tuple(self.contracts.values()), self._open_and_locate)
        except HeadwaterError as error:
            self._query_failed(str(error))

    def _open_beside(self) -> None:
        """Opens the parked feeds whose time has come, without disturbing the query: it reads on for the others, and for them
        from the next start."""
        now, known = time.monotonic(), {*self.feeds, *self._opened}
        waiting = [topic for topic, parked in self.parked.items() if topic not in known and parked.until <= now]
        if waiting:
            places = Places.look(self._kafka, self.contracts)
            for topic in waiting:
                self._open(self.contracts[topic], places)

    def _note_gaps(self) -> None:
        """Every two seconds: offsets without records at the end of a partition count as read."""
        if time.monotonic() - self._gaps_noted_at >= GAPS_SECONDS and self.reader.reading():
            self._gaps_noted_at = time.monotonic()
            self._reach(self.reader.reached())

    def _reach(self, reached: Mapping[str, Mapping[int, int]]) -> None:
        for topic, offsets in reached.items():
            if (feed := self.feeds.get(topic)) is not None:
                feed.reach(offsets)

    def _query_failed(self, why: str) -> None:
        self._query.failed()
        self.last_error = why
        log.error("reading failed and is started again: %s", why)

    def _open_and_locate(self) -> Mapping[str, Mapping[int, int]]:
        """Takes the opened feeds in; topic → partition → where to read on. Nothing is delivered meanwhile."""
        places = Places.look(self._kafka, self.contracts)
        for topic, feed in list(self.feeds.items()):
            if places.moved(feed) or places.truncated(feed):
                self._settle(topic)
                self.feeds.pop(topic, None)
                self._open(feed.contract, places)
        opened, self._opened = self._opened, {}
        self.feeds |= {topic: feed for topic, feed in opened.items() if not places.moved(feed)}
        if not self.feeds:
            errors = {topic: figures.last_error for topic, figures in self.figures.items()}
            raise TopicError("no topic can be read now", value=errors, fix="it is tried again")
        starts = {topic: self._opening.start(feed, places) for topic, feed in list(self.feeds.items())}
        self.live.feeds.begin(self.feeds.values())
        return starts

    def _settle(self, topic: str) -> None:
        """Commits what a feed has pending before it is opened anew."""
        with self._changed:
            self._changed.wait_for(lambda: topic not in self._busy)
        if (feed := self.feeds.get(topic)) is not None:
            self.attempt(topic, feed, feed.commit_pending)

    def _open(self, contract: Contract, places: Places) -> None:
        topic = contract.topic.name
        try:
            self._opened[topic] = self._opening.open(contract, places, self.figures[topic])
            self.figures[topic].last_error = None
        except Exception as error:  # whatever it is, it stops this feed alone
            self._park(topic, error)

    def confirmed(self, topics: Iterable[str]) -> dict[str, FeedStream]:
        """The feeds whose records were just read: what a parked one gets, or one whose topic is another by now, is read again."""
        feeds = {topic: feed for topic in topics if (feed := self.feeds.get(topic)) is not None}
        same = self._opening.of_the_same_topic(feeds)
        if len(same) < len(feeds):
            self.topics_changed()
        return same

    def read_something(self) -> None:
        """A micro-batch came: reading works, and commits may be due."""
        self._query.failures, self.last_error = 0, None
        self._notify()

    def wait_for_room(self, given_up: Callable[[], bool]) -> None:
        """Returns when little enough is buffered."""
        room = self._settings.buffer_megabytes * 1024 * 1024
        with self._changed:
            while not given_up() and sum(feed.pending_bytes for feed in list(self.feeds.values())) > room:
                self._changed.wait(0.5)

    # Committing

    def _commit_due(self, pool: ThreadPoolExecutor, now: float) -> None:
        for topic, feed in list(self.feeds.items()):
            due = feed.due_at()
            if topic not in self._busy and due is not None and due <= now:
                self._busy.add(topic)
                pool.submit(self._commit_and_free, topic, feed)

    def _commit_and_free(self, topic: str, feed: FeedStream) -> None:
        try:
            self.attempt(topic, feed, feed.commit_pending)
        finally:
            with self._changed:
                self._busy.discard(topic)
                self._changed.notify_all()

    def attempt(self, topic: str, feed: FeedStream, commit: Callable[[], int]) -> None:
        """Commits, tells, and has the table looked after; a failure parks the feed, which is then opened anew from its table.

        Nothing is committed by a feed that was parked while this waited for its turn: parking is part of the turn, and so no
        commit of it can come after it was opened anew. What it had is read again.
        """
        with feed.committing:
            if self.feeds.get(topic) is not feed:
                return
            try:
                commit()
                self._upkeep.after_commit(feed)
                self.parked[topic].failures = 0
                self._on_committed(feed)
            except Exception as error:  # whatever it is, it stops this feed alone
                self._park(topic, error)

    def _park(self, topic: str, error: Exception) -> None:
        self.feeds.pop(topic, None)
        self.parked[topic].failed(at_once=isinstance(error, FencedError))
        self.figures[topic].failed(error)
        log.error("%s is parked, the others go on: %s", topic, error, exc_info=not isinstance(error, HeadwaterError))
