"""Live tables and alerts of a group: a thread beside the commits of bronze, which never wait for it.

In turns it takes what Kafka has, judges it, hands it to every table that is filled from it, and has a few threads commit what is due, as
a commit mostly waits. A turn costs the same for one record as for hundreds, in many small steps each of which waits for a busy machine: so
turns are few, and a table computes nothing before it commits. A table that fails is parked alone, and goes on from its own offsets; alerts
go on without a feed that fails, and with it from where they left it. While bronze is catching up all this takes a fifth of the time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from functools import partial
from types import TracebackType
from typing import Self

import pyarrow as pa

from include.contracts import Contract
from include.errors import FencedError, HeadwaterError, StreamError
from include.lease import Lease
from include.settings import LakeSettings
from jobs.stream.alert_rules import WindowAlerts
from jobs.stream.alert_table import AlertTable
from jobs.stream.live_feed import LiveFeed, Portion, Read
from jobs.stream.live_feeds import LiveFeeds
from jobs.stream.live_source import KafkaSource
from jobs.stream.opening import Opening
from jobs.stream.outlets import LiveFigures, Outlet, Table, outlets_of
from jobs.stream.upkeep import LOOK_EVERY_COMMITS, TableCare

log = logging.getLogger(__name__)

TURN_SECONDS = 0.6  # at least, from one look at what was read to the next
COMMIT_THREADS = 4
YIELD = 4  # times as long as a turn took, it rests while bronze is catching up
LONGEST_REST_SECONDS = 5.0


class Live:
    """All happens in the thread, while the `with` lasts. With `available_now` it ends when bronze has nothing more for it, else when what
    was read is folded in: it is never held up by what lies far behind."""

    def __init__(self, outlets: Sequence[Outlet], feeds: LiveFeeds, lake: LakeSettings, lease: Lease, available_now: bool = False) -> None:
        self.feeds = feeds
        self._outlets, self._lake, self._lease, self._available_now = outlets, lake, lease, available_now
        self._commits: set[Future[None]] = set()
        self._committed: deque[tuple[WindowAlerts, pa.Table]] = deque()  # windows that have rules, and were not looked at yet
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run_or_tell, name="live", daemon=True)
        self._broken: Exception | None = None

    @classmethod
    def over(cls, contracts: Sequence[Contract], opening: Opening, catching_up: Callable[[], bool], available_now: bool) -> Self:
        """Of these feeds, fed from Kafka itself; with `available_now` from bronze alone, to where bronze is drained."""
        outlets = outlets_of(contracts, opening.kafka, opening.lake, opening.lease)
        source = None if available_now else KafkaSource(opening.kafka)
        feeds = LiveFeeds({topic for outlet in outlets for topic in outlet.topics}, opening.lake, source, catching_up)
        return cls(outlets, feeds, opening.lake, opening.lease, available_now)

    @property
    def figures(self) -> dict[str, LiveFigures]:
        return {outlet.name: outlet.figures for outlet in self._outlets}

    def failed(self) -> dict[str, str]:
        """Table → error of those that are parked, or go on without a feed; of all of them where the thread has ended by an error."""
        of_all = None if self._broken is None else str(self._broken)
        return {f"live.{each.name}": why for each in self._outlets if (why := of_all or each.figures.trouble)}

    def __enter__(self) -> Self:
        if self._outlets:
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Nothing is read any more: folds in what was, and ends."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def check(self) -> None:
        """Raises StreamError where the thread has ended by an error that belongs to no table and no feed."""
        if self._broken is not None:
            raise StreamError(f"live tables have stopped: {self._broken}", fix="another driver is started") from self._broken

    def _run_or_tell(self) -> None:
        try:
            self._run()
        except Exception as error:  # whatever it is, the driver ends by it
            self._broken = error

    def _run(self) -> None:
        with closing(self.feeds), ThreadPoolExecutor(COMMIT_THREADS, "live-commit") as pool:
            found = False
            while not self._stopping.is_set():
                started, behind = time.monotonic(), self.feeds.catching_up()
                self.feeds.receive(0.0 if found else TURN_SECONDS)
                found = self._turn(pool)
                if behind:
                    wait(self._commits)
                took = time.monotonic() - started
                self._stopping.wait(min(YIELD * took, LONGEST_REST_SECONDS) if behind else max(0.0, TURN_SECONDS - took))
            while self._lease.held() and self._turn(pool, everything=True) and (self._available_now or self._pending()):
                pass

    def _turn(self, pool: ThreadPoolExecutor, everything: bool = False) -> bool:
        """Reads on in each feed, and has committed what is due, or, with `everything`, whatever is pending, and waits for it; whether
        there was anything."""
        feeds = self.feeds.known()
        for outlet in self._outlets:
            if outlet.outdated(feeds):
                outlet.table = None
            if outlet.can_open(feeds):
                self._attempt(outlet, partial(self._take_over, outlet, feeds))
        found, due = False, 0
        alerts = self._outlets[0]
        # What alerts are raised from is read first, and they are on their way before anything else is read.
        for topics, outlets in (set(alerts.topics), [alerts]), (feeds.keys() - set(alerts.topics), self._outlets):
            for topic in [topic for topic in feeds if topic in topics]:
                found |= self._read(topic, feeds[topic])
            self._raise_alerts()
            due += self._submit(pool, outlets, float("inf") if everything else time.monotonic())
        at_work = len(self._commits)
        if everything:
            wait(self._commits)
            self._raise_alerts()
        return found or due > 0 or at_work > 0

    def _submit(self, pool: ThreadPoolExecutor, outlets: Sequence[Outlet], now: float) -> int:
        """Has committed what of these is due by then and not being committed, alerts first, then what waits longest; how many."""
        self._commits = {commit for commit in self._commits if not commit.done()}
        ready = [(outlet, table) for outlet, table in self._open(outlets) if not outlet.busy]
        due = [(at, outlet, table) for outlet, table in ready if (at := table.due_at()) is not None and at <= now]
        for _, outlet, table in sorted(due, key=lambda each: (not isinstance(each[2], AlertTable), each[0])):
            outlet.busy = True
            self._commits.add(pool.submit(self._commit_beside, outlet, table, table.take()))
        return len(due)

    def _open(self, outlets: Sequence[Outlet]) -> list[tuple[Outlet, Table]]:
        """Each with its table, of those that are open: a commit that fails beside closes one at any moment."""
        return [(outlet, table) for outlet, table in [(outlet, outlet.table) for outlet in outlets] if table is not None]

    def _raise_alerts(self) -> None:
        """Looks at the windows that were committed meanwhile; not while alerts are: which were told is read from their table."""
        alerts = self._outlets[0]
        while self._committed and not alerts.busy:
            rules, rows = self._committed.popleft()
            table = alerts.table
            if isinstance(table, AlertTable):  # parked, it will look at these windows when it is opened
                self._attempt(alerts, partial(table.offer_windows, rules, rows))

    def _pending(self) -> bool:
        return any(table.due_at() for _, table in self._open(self._outlets))

    def _read(self, topic: str, feed: LiveFeed) -> bool:
        """Hands what comes next in the feed to the tables that are filled from it. Those at the same place share the reading; one that
        is behind reads alone, so that the others need not wait for it."""
        # One that was opened with another topic of this name is not of this feed.
        here = [(outlet, table) for outlet, table in self._open(self._outlets) if table.feeds.get(topic) is feed]
        takers = [(outlet, table) for outlet, table in here if outlet.takes(topic)]
        at: dict[tuple[tuple[int, int], ...], list[tuple[Outlet, Table]]] = {}
        for outlet, table in takers:
            if not (outlet.busy and table.full()):
                at.setdefault(tuple(sorted(table.positions[topic].items())), []).append((outlet, table))
        found = False
        for place, together in at.items():
            try:
                read = feed.read(dict(place))
            except Exception as error:  # whatever it is, it stops what is filled from this feed alone
                for outlet, _ in together:
                    self._stop(outlet, topic, error)
                continue
            found |= read is not None
            for outlet, table in together:
                self._attempt(outlet, partial(self._hand, outlet, table, topic, read), topic)
        feed.forget({number: min((table.positions[topic].get(number, 0) for _, table in takers), default=0) for number in feed.partitions})
        return found

    def _hand(self, outlet: Outlet, table: Table, topic: str, read: Read | None) -> None:
        if read is not None:
            table.offer(topic, read)
        outlet.goes_on(topic)

    def _take_over(self, outlet: Outlet, feeds: Mapping[str, LiveFeed]) -> None:
        outlet.table = opened = outlet.opener(outlet.feeds(feeds))
        outlet.figures.last_error = None
        outlet.figures.reach(opened, {topic: dict(places) for topic, places in opened.positions.items()})

    def _commit_beside(self, outlet: Outlet, table: Table, taken: Portion) -> None:
        try:
            self._attempt(outlet, partial(self._commit, outlet, table, taken))
        finally:
            outlet.busy = False

    def _commit(self, outlet: Outlet, table: Table, taken: Portion) -> None:
        started = time.monotonic()
        rows = table.commit(taken)
        if outlet.alerts:
            self._committed.append((outlet.alerts, rows))
        if outlet.table is not table:  # it was parked meanwhile, and stays so
            return
        outlet.committed(rows.num_rows, time.monotonic() - started)
        outlet.figures.reach(table, taken.positions)
        if outlet.figures.commits % LOOK_EVERY_COMMITS == (1 if self._available_now else 0):
            self._look_after(outlet, table)

    def _look_after(self, outlet: Outlet, table: Table) -> None:
        """Between two commits, unlike bronze's upkeep: a commit here takes rows out of files, and so must know which there are."""
        care = outlet.care or TableCare(self._lake, table.handle.address, self._available_now)
        care.look()
        outlet.care = care
        table.handle.refresh()

    def _attempt(self, outlet: Outlet, do: Callable[[], object], topic: str | None = None) -> None:
        """With a topic, what is done is of that one alone."""
        try:
            do()
        except Exception as error:  # whatever it is, it stops this table alone
            self._stop(outlet, topic, error)

    def _stop(self, outlet: Outlet, topic: str | None, error: Exception) -> None:
        """Parks the table, or goes on without the topic where it can: the alerts of other feeds are not for one feed to stop."""
        if outlet.whole or topic is None:
            self._park(outlet, error)
            return
        outlet.rest(topic, error)
        log.error("live.%s goes on without %s: %s", outlet.name, topic, error, exc_info=not isinstance(error, HeadwaterError))

    def _park(self, outlet: Outlet, error: Exception) -> None:
        outlet.table = outlet.care = None
        outlet.parked.failed(at_once=isinstance(error, FencedError))
        outlet.figures.failed(error)
        log.error("live.%s is parked: %s", outlet.name, error, exc_info=not isinstance(error, HeadwaterError))
