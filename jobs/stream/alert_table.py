"""Alerts on their way to the topic `alerts` and to live.alerts, in that order: what was sent before a crash and is sent again has the
same id, and the table has it once. They are sent as they are raised, and a commit waits until the broker has those that it holds.

A rule about a record: the table carries the offsets up to which records were looked at, in the commit of the alerts. A rule about a
window: the live table may have been committed, and the alert not. So whoever opens the table looks once more at all windows that
changed since its last commit, and raises what it lacks.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from include.delta_log import open_table, transaction_offsets
from include.errors import TopicError
from include.lease import Lease
from include.settings import KafkaSettings, LakeSettings
from jobs.stream import bronze
from jobs.stream.alert_rules import SCHEMA, Alert, RecordAlerts, WindowAlerts
from jobs.stream.handle import TableHandle, of_feeds
from jobs.stream.live_feed import LiveFeed, Portion, Read
from jobs.stream.table_offsets import refuse_foreign

ADDRESS, TOPIC = "live.alerts", "alerts"
QUIET_SECONDS = 10.0  # where there is no alert, offsets alone are committed so often
SEND_SECONDS = 30.0
MANY_PENDING = 20_000  # of which no more should come while others are sent
MANY_IDS = 100_000  # of which more are not remembered: the table knows them, too
CLOCKS_APART = timedelta(minutes=10)  # of two drivers, at most


class AlertTopic:
    """The topic `alerts`. Every alert that `require` returns from was acknowledged."""

    def __init__(self, kafka: KafkaSettings) -> None:
        settings = {"enable_idempotence": True, "acks": "all", "linger_ms": 5, "message_timeout_ms": int(SEND_SECONDS * 1000)}
        self._settings = {**kafka.client(**settings), "log_level": 3, "error_cb": self._note}
        self._producer = Producer(self._settings)
        self._unanswered: set[str] = set()
        self._refused: dict[str, str] = {}  # id → why
        self._fatal: str | None = None

    def send(self, alerts: list[Alert]) -> None:
        """Hands them to the producer; waits only while its queue is full."""
        if self._fatal is not None:
            self._replace(self._fatal)
        for alert in alerts:
            name = alert["alert_id"]
            self._refused.pop(name, None)  # of an earlier try, whose table was parked before it asked
            self._unanswered.add(name)
            self._produce(name, alert)
        self._producer.poll(0)

    def _produce(self, name: str, alert: Alert) -> None:
        while True:
            try:
                self._producer.produce(TOPIC, message(alert), alert["subject"].encode(), on_delivery=partial(self._report, name))
                return
            except BufferError:
                self._producer.poll(0.1)
            except KafkaException as error:
                self._report(name, error.args[0], None)
                return

    def require(self, alerts: list[Alert]) -> None:
        """Waits for the broker's answer to these, which were sent. Raises TopicError where one of them was not taken."""
        names, until = {alert["alert_id"] for alert in alerts}, time.monotonic() + SEND_SECONDS
        while not names.isdisjoint(self._unanswered) and time.monotonic() < until:
            self._producer.poll(0.05)
        refused = [why for name in names if (why := self._refused.pop(name, None))]
        left = sum(name in self._unanswered for name in names)
        if refused or left:
            why = refused[0] if refused else f"{left} without an answer"
            raise TopicError(f"an alert was not delivered: {why}", where=TOPIC, fix="see that the topic exists: the DAG `topics` makes it")

    def _report(self, name: str, error: KafkaError | None, _message: Message | None) -> None:
        if error is not None:
            self._refused[name] = error.str()
            self._note(error)
        self._unanswered.discard(name)

    def _note(self, error: KafkaError) -> None:
        if error.fatal():
            self._fatal = error.str()

    def _replace(self, why: str) -> None:
        """Another producer: one that has met such an error takes nothing any more. What it had not delivered was not delivered."""
        self._producer, self._fatal = Producer(self._settings), None
        self._refused |= dict.fromkeys(self._unanswered, why)
        self._unanswered.clear()


def message(alert: Alert) -> bytes:
    """The alert as the topic's contract has it."""
    told = {("timestamp" if name == "event_time" else name): value for name, value in alert.items()}
    return json.dumps(told, default=datetime.isoformat, ensure_ascii=False).encode()


class AlertTable:
    """`live.alerts`. Fed by each feed whose contract has rules about records, and by live tables."""

    name = "alerts"

    def __init__(self, feeds: Mapping[str, LiveFeed], handle: TableHandle, topic: AlertTopic, rules: Mapping[str, RecordAlerts]) -> None:
        self.feeds, self.handle = dict(feeds), handle
        self._ids = {name: feed.topic_id for name, feed in feeds.items()}
        self.positions = {name: transaction_offsets(handle.table, feed.topic_id, feed.partitions) for name, feed in feeds.items()}
        self._topic, self._rules = topic, rules
        self._pending: list[Alert] = []
        self._known: set[str] = set()  # alerts of windows that need no look into the table
        self._waiting: set[str] = set()  # those of them that the table does not have yet
        self._moved_at: float | None = None

    @classmethod
    def open(
        cls,
        feeds: Mapping[str, LiveFeed],
        lake: LakeSettings,
        lease: Lease,
        topic: AlertTopic,
        rules: Mapping[str, RecordAlerts],
        windows: Mapping[str, WindowAlerts],
    ) -> AlertTable:
        """Takes the table over, `feeds` and `rules` by topic, `windows` by live table; what was lost between a live table's commit and
        this one's is raised in the same commit, or the table is not taken over: an empty one would say that all before it was told."""
        delta = bronze.open_or_create(lake, ADDRESS, SCHEMA, statistics="event_time,window_start,raised_at")
        refuse_foreign(delta, ADDRESS)
        since = delta.history(1)[0]["timestamp"] / 1000
        table = cls(feeds, TableHandle(ADDRESS, lake, lease, delta), topic, rules)
        for name, of_window in windows.items():
            if of_window:
                table.offer_windows(of_window, _changed_since(lake, f"live.{name}", since - CLOCKS_APART.total_seconds()))
        table.commit(table.take())
        return table

    def due_at(self) -> float | None:
        """When what is pending is to be committed, by the monotonic clock; None when nothing is."""
        if self._moved_at is None:
            return None
        return self._moved_at + (0.0 if self._pending else QUIET_SECONDS)

    def offer(self, topic: str, read: Read) -> None:
        """Looks at the rows that it has not seen."""
        seen = self.positions[topic]
        rows = read.unseen(seen)
        if rows.num_rows:
            self._raise(self._rules[topic].of(rows, self._ids[topic]))
        self.positions[topic] = read.after(seen)
        self._moved_at = self._moved_at or time.monotonic()

    def offer_windows(self, rules: WindowAlerts, rows: pa.Table) -> None:
        """Looks at rows of a live table; a window and group that has been told is not told again."""
        raised = [alert for alert in rules.of(rows) if alert["alert_id"] not in self._known] if rows.num_rows else []
        if raised:
            told = self._told(min(alert["window_start"] for alert in raised))
            untold = [alert for alert in raised if alert["alert_id"] not in told]
            self._waiting |= {alert["alert_id"] for alert in untold}
            self._raise(untold)
            if len(self._known) > MANY_IDS:
                self._known = set(self._waiting)
            self._known |= {alert["alert_id"] for alert in raised}
            self._moved_at = self._moved_at or time.monotonic()

    def _raise(self, alerts: list[Alert]) -> None:
        """Raises LeaseLost without a valid lease: a driver that was paused and wakes up has been followed by another, which sends them."""
        if alerts:
            self.handle.check_lease()
        self._topic.send(alerts)
        self._pending += alerts

    def full(self) -> bool:
        return len(self._pending) > MANY_PENDING

    def take(self) -> Portion[Alert]:
        """All that is pending; it is the caller's now."""
        alerts, self._pending, self._moved_at = self._pending, [], None
        return Portion.of(alerts, self.positions)

    def commit(self, taken: Portion[Alert]) -> pa.Table:
        """Appends what was taken, once the topic has it; the rows. Raises TopicError, and what TableHandle.commit does."""
        self._topic.require(taken.pending)
        dated = [alert | {"event_date": (alert["window_start"] or alert["event_time"]).date()} for alert in taken.pending]
        rows = pa.Table.from_pylist(dated, SCHEMA)
        self.handle.commit(rows, of_feeds(self._ids, taken.positions, self.handle.lease.epoch))
        self._waiting -= {alert["alert_id"] for alert in taken.pending}
        return rows

    def _told(self, since: datetime) -> set[str]:
        """The ids of what the table has of windows from then on."""
        filters = [("event_date", ">=", since.date()), ("window_start", ">=", since)]
        return set(self.handle.table.to_pyarrow_table(columns=["alert_id"], filters=filters)["alert_id"].to_pylist())


def _changed_since(lake: LakeSettings, address: str, since: float) -> pa.Table:
    """The rows of the days of which the table has files that were written since then (seconds since 1970)."""
    table = open_table(lake, address)
    if table is None:
        return pa.table({})
    actions = pa.table(table.get_add_actions(flatten=True))
    fresh = actions.filter(pc.greater_equal(actions["modification_time"], int(since * 1000)))
    days = sorted(set(fresh["partition.event_date"].to_pylist()))
    return table.to_pyarrow_table(filters=[("event_date", "in", days)]) if days else pa.table({})
