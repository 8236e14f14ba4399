"""Live tables and alerts of a group: a thread beside the commits of bronze, which never wait for it.

In turns it judges what was read, hands it to every table that is filled from it, and commits what is due. A table that fails is parked
alone, and goes on from its own offsets. While bronze is catching up it takes a fifth of the time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import pyarrow as pa

from include.catalog import live_tables
from include.contracts import Contract
from include.errors import FencedError, HeadwaterError
from include.lease import Lease
from include.settings import LakeSettings
from jobs.common.windows import window_table
from jobs.stream.feed import FeedStream
from jobs.stream.fold import Fold
from jobs.stream.live_feed import LiveFeed
from jobs.stream.live_table import LiveTable
from jobs.stream.parked import Parked
from jobs.stream.slices import Slice
from jobs.stream.upkeep import LOOK_EVERY_COMMITS, TableCare

log = logging.getLogger(__name__)

TURN_SECONDS = 0.2  # at least, from one look at what was read to the next
YIELD = 4  # times as long as a turn took, it rests while bronze is catching up
LONGEST_REST_SECONDS = 5.0


@dataclass
class LiveFigures:
    """What the driver tells about a live table."""

    rows: int = 0
    commits: int = 0
    commit_seconds: float = 0.0
    committed_at: float | None = None
    last_error: str | None = None


@dataclass
class _Outlet:
    """A live table and what is known of it, whether it is open or parked."""

    name: str
    topics: tuple[str, ...]
    open: Callable[[Mapping[str, LiveFeed]], LiveTable]
    table: LiveTable | None = None
    parked: Parked = field(default_factory=Parked)
    figures: LiveFigures = field(default_factory=LiveFigures)
    care: TableCare | None = None


class Live:
    """`begin` and `offer` are called by the group; all else happens in the thread, while the `with` lasts. With `available_now` it
    ends when bronze has nothing more for it, else when what was read is folded in: it is never held up by what lies far behind."""

    def __init__(
        self,
        contracts: tuple[Contract, ...],
        lake: LakeSettings,
        lease: Lease,
        catching_up: Callable[[], bool],
        available_now: bool = False,
    ) -> None:
        self._lake, self._lease, self._catching_up, self._available_now = lake, lease, catching_up, available_now
        self._feeds: dict[str, LiveFeed] = {}
        self._outlets = [
            _Outlet(name, tuple(feed.topic.name for feed in feeds), self._opener(name)) for name, feeds in live_tables(contracts).items()
        ]
        self._wanted = {topic for outlet in self._outlets for topic in outlet.topics}
        self._news = threading.Event()
        self._stopping = threading.Event()
        self._lock = threading.Lock()  # guards which feeds there are
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)

    @property
    def figures(self) -> dict[str, LiveFigures]:
        return {outlet.name: outlet.figures for outlet in self._outlets}

    def __enter__(self) -> Self:
        if self._outlets:
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Nothing is read any more: folds in what was, and ends."""
        self._stopping.set()
        self._news.set()
        if self._thread.is_alive():
            self._thread.join()

    def begin(self, feeds: Iterable[FeedStream], start: Mapping[str, Mapping[int, int]] | None) -> None:
        """These feeds are read from now on; from `start` on everything is offered, without it nothing is."""
        for feed in feeds:
            topic, identity = feed.contract.topic.name, (feed.topic_id, feed.partitions)
            with self._lock:
                known = self._feeds.get(topic)
                if topic in self._wanted and (known is None or (known.topic_id, known.partitions) != identity):
                    self._feeds[topic] = LiveFeed(feed.contract, feed.topic_id, feed.partitions, self._lake)
            if topic in self._wanted and start is not None:
                self._feeds[topic].begin(start[topic])

    def offer(self, topic: str, slices: list[Slice]) -> None:
        if topic in self._feeds:
            self._feeds[topic].offer(slices)
            self._news.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            started = time.monotonic()
            more = self._turn(started)
            took = time.monotonic() - started
            rest = min(YIELD * took, LONGEST_REST_SECONDS) if self._catching_up() else 0.0 if more else max(0.0, TURN_SECONDS - took)
            if self._stopping.wait(rest):
                break
            if not more:
                self._news.wait(TURN_SECONDS)
            self._news.clear()
        while self._lease.held() and self._turn(float("inf")) and self._available_now:
            pass

    def _turn(self, now: float) -> bool:
        """Reads on in each feed and commits what is due by then; whether there was anything."""
        self._open_waiting()
        with self._lock:
            feeds = dict(self._feeds)
        found = False
        for topic, feed in feeds.items():
            found |= self._read(topic, feed)
        for outlet in self._outlets:
            due = outlet.table.due_at() if outlet.table else None
            if due is not None and due <= now:
                self._attempt(outlet, self._commit)
        return found

    def _open_waiting(self) -> None:
        now = time.monotonic()
        with self._lock:
            feeds = dict(self._feeds)
        for outlet in self._outlets:
            if outlet.table is not None and any(outlet.table.feeds[topic] is not feeds[topic] for topic in outlet.topics):
                outlet.table = None  # a topic is another one by now, or has more partitions
            if outlet.table is None and outlet.parked.until <= now and feeds.keys() >= set(outlet.topics):
                self._attempt(outlet, self._take_over)

    def _read(self, topic: str, feed: LiveFeed) -> bool:
        """Hands what comes next in the feed to the tables that are filled from it. Those at the same place share the reading; one that
        is behind reads alone, so that the others need not wait for it."""
        takers = [outlet for outlet in self._outlets if topic in outlet.topics]
        found = False
        for place in {tuple(sorted(outlet.table.positions[topic].items())) for outlet in takers if outlet.table}:
            together = [each for each in takers if each.table and tuple(sorted(each.table.positions[topic].items())) == place]
            try:
                read = feed.read(dict(place))
            except Exception as error:  # whatever it is, it stops what is filled from this feed alone
                for outlet in together:
                    self._park(outlet, error)
                continue
            if read is not None:
                found = True
                for outlet in together:
                    self._attempt(outlet, lambda outlet, read=read: outlet.table.offer(topic, read))
        open_tables = [outlet.table for outlet in takers if outlet.table]
        feed.forget(
            {number: min((table.positions[topic].get(number, 0) for table in open_tables), default=0) for number in feed.partitions}
        )
        return found

    def _opener(self, name: str) -> Callable[[Mapping[str, LiveFeed]], LiveTable]:
        fold = Fold(window_table(name))
        return lambda feeds: LiveTable.open(name, fold, feeds, self._lake, self._lease)

    def _take_over(self, outlet: _Outlet) -> None:
        outlet.table = outlet.open({topic: self._feeds[topic] for topic in outlet.topics})
        outlet.figures.last_error = None

    def _commit(self, outlet: _Outlet) -> None:
        assert outlet.table is not None
        started = time.monotonic()
        rows: pa.Table = outlet.table.commit_pending()
        figures = outlet.figures
        figures.rows += rows.num_rows
        figures.commits += 1
        figures.commit_seconds, figures.committed_at = time.monotonic() - started, time.time()
        outlet.parked.failures = 0
        if figures.commits % LOOK_EVERY_COMMITS == 0:
            self._look_after(outlet, outlet.table)

    def _look_after(self, outlet: _Outlet, table: LiveTable) -> None:
        """Between two commits, unlike bronze's upkeep: a commit here takes rows out of files, and so must know which there are."""
        if outlet.care is None:
            outlet.care = TableCare(self._lake, table.handle.address)
        outlet.care.look()
        table.handle.refresh()

    def _attempt(self, outlet: _Outlet, do: Callable[[_Outlet], object]) -> None:
        try:
            do(outlet)
        except Exception as error:  # whatever it is, it stops this table alone
            self._park(outlet, error)

    def _park(self, outlet: _Outlet, error: Exception) -> None:
        outlet.table = outlet.care = None
        outlet.parked.failed(at_once=isinstance(error, FencedError))
        outlet.figures.last_error = str(error)
        log.error("live.%s is parked: %s", outlet.name, error, exc_info=not isinstance(error, HeadwaterError))
