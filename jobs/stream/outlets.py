"""What is filled beside bronze: live tables, and alerts. Each is opened, commits, and fails alone; of the alerts, each feed does."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import pyarrow as pa

from include.catalog import live_tables
from include.contracts import Contract
from include.contracts.arrow_types import row_schema
from include.lease import Lease
from include.settings import KafkaSettings, LakeSettings
from jobs.common.windows import window_table
from jobs.stream.alert_rules import RecordAlerts, WindowAlerts
from jobs.stream.alert_table import AlertTable, AlertTopic
from jobs.stream.feed import CommitFigures
from jobs.stream.fold import Fold
from jobs.stream.handle import TableHandle
from jobs.stream.live_feed import LiveFeed, Portion, Read
from jobs.stream.live_table import WAIT_SECONDS, LiveTable
from jobs.stream.parked import Parked
from jobs.stream.upkeep import TableCare

log = logging.getLogger(__name__)

ALERTING_WAIT_SECONDS = 0.5  # of a table whose windows alert


class Table(Protocol):
    """An open one."""

    feeds: dict[str, LiveFeed]
    handle: TableHandle
    positions: dict[str, dict[int, int]]

    def due_at(self) -> float | None: ...

    def offer(self, topic: str, read: Read) -> None: ...

    def full(self) -> bool: ...

    def take(self) -> Portion: ...

    def commit(self, taken: Portion) -> pa.Table: ...


@dataclass(frozen=True)
class LiveReached:
    """How far a table is by a commit: its version, each topic's id and next offsets, by topic, and the rows since the driver started."""

    topic_ids: Mapping[str, str]
    version: int
    next_offsets: Mapping[str, Mapping[int, int]]
    rows: int


@dataclass
class LiveFigures(CommitFigures):
    """What the driver tells about the table."""

    began: LiveReached | None = None  # where it was when it was first opened
    reached: LiveReached | None = None
    left_out: dict[str, str] = field(default_factory=dict)  # what the table goes on without → why

    @property
    def trouble(self) -> str | None:
        """Why the table is parked, or what it goes on without."""
        return self.last_error or "; ".join(list(self.left_out.values())) or None  # a list at once: another thread may change it

    def reach(self, table: Table, positions: Mapping[str, Mapping[int, int]]) -> None:
        """Notes the table's last commit, which has read each topic so far."""
        ids = {topic: feed.topic_id for topic, feed in table.feeds.items()}
        self.reached = LiveReached(ids, table.handle.table.version(), positions, self.rows)
        self.began = self.began or self.reached


@dataclass
class Outlet:
    """A table and what is known of it, whether it is open or parked. `whole`: it is opened only with all its topics; any other one goes on
    without a topic that fails."""

    name: str
    topics: tuple[str, ...]
    whole: bool
    opener: Callable[[Mapping[str, LiveFeed]], Table]
    alerts: WindowAlerts | None = None
    table: Table | None = None
    busy: bool = False  # a commit of it is at work
    parked: Parked = field(default_factory=Parked)
    resting: dict[str, Parked] = field(default_factory=dict)  # topics that it goes on without, until they are tried again
    figures: LiveFigures = field(default_factory=LiveFigures)
    care: TableCare | None = None

    def feeds(self, known: Mapping[str, LiveFeed]) -> dict[str, LiveFeed]:
        return {topic: known[topic] for topic in self.topics if topic in known}

    def outdated(self, known: Mapping[str, LiveFeed]) -> bool:
        """Whether it was opened with other feeds: a topic is another one by now, has more partitions, or has come."""
        return self.table is not None and not self.busy and self.table.feeds != self.feeds(known)

    def can_open(self, known: Mapping[str, LiveFeed]) -> bool:
        found = len(self.feeds(known))
        ready = found == len(self.topics) if self.whole else found > 0 or not self.topics
        return self.table is None and not self.busy and ready and self.parked.until <= time.monotonic()

    def takes(self, topic: str) -> bool:
        """Whether it is given now what is read of the topic."""
        return topic not in self.resting or self.resting[topic].until <= time.monotonic()

    def rest(self, topic: str, error: Exception) -> None:
        """Goes on without the topic, of which nothing is lost: it is read on from the table's own offsets."""
        self.resting.setdefault(topic, Parked()).failed()
        self.figures.failures += 1
        self.figures.left_out[topic] = str(error)

    def goes_on(self, topic: str) -> None:
        if self.resting.pop(topic, None) is not None:
            self.figures.left_out.pop(topic, None)

    def committed(self, rows: int, seconds: float) -> None:
        self.figures.committed(rows, seconds)
        self.parked.failures = 0


def outlets_of(contracts: Sequence[Contract], kafka: KafkaSettings, lake: LakeSettings, lease: Lease) -> list[Outlet]:
    """The group's outlets, alerts first: they are the most urgent. Alert rules about windows that cannot be run are left out, and told."""
    found, windows, refused = [], {}, {}
    by_feed = {contract.feed: contract for contract in contracts}
    for name, filled_by in live_tables(by_feed).items():
        feeds, fold = [by_feed[feed] for feed in filled_by], Fold(window_table(name))
        windows[name] = WindowAlerts(feeds, name, fold.window.keys, fold.schema)
        refused |= {f"{feed} in live.{name}": str(error) for feed, error in windows[name].refused.items()}
        wait = ALERTING_WAIT_SECONDS if windows[name] else WAIT_SECONDS
        opener = partial(LiveTable.open, name, fold, lake=lake, lease=lease, wait_seconds=wait)
        found.append(Outlet(name, tuple(feed.topic.name for feed in feeds), True, opener, windows[name]))
    rules = {
        contract.topic.name: RecordAlerts(contract, row_schema(contract.fields))
        for contract in contracts
        if any(rule.window is None for rule in contract.alerts)
    }
    if rules or any(windows.values()) or refused:
        opener = partial(AlertTable.open, lake=lake, lease=lease, topic=AlertTopic(kafka), rules=rules, windows=windows)
        found.insert(0, Outlet(AlertTable.name, tuple(rules), False, opener, figures=LiveFigures(left_out=refused)))
    for what, why in refused.items():
        log.error("live.alerts goes on without %s: %s", what, why)
    return found
