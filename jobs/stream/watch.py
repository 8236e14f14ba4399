"""What a driver does beside its stream: says how it is, hears what is asked of it, and notices that topics changed."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from typing import Literal

from confluent_kafka import KafkaException, TopicPartition

from include import kafka as broker
from include.errors import HeadwaterError, StoreError, TopicError
from include.lease import Holder
from include.settings import KafkaSettings
from include.streams import state
from include.streams.settings import StreamSettings
from jobs.stream.alert_table import AlertTable
from jobs.stream.feed import FeedStream
from jobs.stream.group import StreamGroup
from jobs.stream.lineage import StreamLineage
from jobs.stream.opening import Opening
from jobs.stream.outlets import LiveFigures

log = logging.getLogger(__name__)

CONSUMER_GROUP = "headwater"
PUBLISH_SECONDS = 2.0
RATE_WINDOW_SECONDS = 30.0

Phase = Literal["starting", "running", "draining", "stopped", "failed"]


class GroupOffsets:
    """Commits what the tables hold to the consumer group `headwater`, so that any Kafka tool shows the lag."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._consumer = broker.group_committer(kafka, CONSUMER_GROUP)
        self._lock = threading.Lock()

    def commit(self, feed: FeedStream) -> None:
        """Asynchronous: the table is the truth, and the next commit repairs one that Kafka missed."""
        places = [TopicPartition(feed.contract.topic.name, number, offset) for number, offset in feed.next_offsets.items()]
        with self._lock:
            try:
                self._consumer.commit(offsets=places, asynchronous=True)
                self._consumer.poll(0)
            except KafkaException as error:
                log.warning("the consumer group's offsets were not committed: %s", error)

    def close(self) -> None:
        with self._lock:
            self._consumer.close()


class Watch(threading.Thread):
    """Publishes the group's state and reads the desired one every two seconds."""

    def __init__(
        self,
        name: str,
        group: StreamGroup,
        opening: Opening,
        settings: StreamSettings,
        once: bool = False,
    ) -> None:
        super().__init__(name="watch", daemon=True)
        self.phase: Phase = "starting"
        self._group_name, self._group, self._settings = name, group, settings
        self._kafka, self._lake, self._lease, self._epochs = opening.kafka, opening.lake, opening.lease, opening.epochs
        self._started_at, self._once = time.time(), once
        desired = state.read_desired(opening.lake, name)
        self._restart, self._request = desired.restart, desired.requested_at
        self._admin = broker.admin(opening.kafka)
        self._ends: dict[str, dict[int, int]] = {}
        self._topics: tuple[dict[str, str], dict[str, set[int]]] | None = None
        self._rows: dict[str, deque[tuple[float, int]]] = {topic: deque() for topic in group.contracts}
        windows = {table: figures for table, figures in group.live.figures.items() if table != AlertTable.name}
        self._lineage = StreamLineage(opening.kafka, opening.lake, group.contracts, group.figures, live=windows)
        self._end = threading.Event()
        self._silent = False

    def run(self) -> None:
        self._lineage.start()
        while not self._end.wait(PUBLISH_SECONDS):
            try:
                self._look_at_kafka()
                self.publish()
                self._obey()
                self._silent = False
            except HeadwaterError as error:  # said once; the stream itself decides whether it can go on
                if not self._silent:
                    log.warning("state could not be published or read: %s", error)
                self._silent = True

    def end(self, phase: Phase, error: str | None = None) -> None:
        """Publishes the last word."""
        self._end.set()
        self.join(timeout=60)
        self._lineage.end(error)
        self.phase = phase
        self._group.last_error = error or self._group.last_error
        try:
            self.publish()
        except StoreError as failure:
            log.warning("the last state could not be published: %s", failure)

    def _obey(self) -> None:
        desired = state.read_desired(self._lake, self._group_name)
        # A drain is what somebody runs by hand of a group that is stopped: only what was asked after its start is meant for it.
        stop = desired.state == "stopped" and not (self._once and desired.requested_at == self._request)
        if stop or desired.restart > self._restart:
            log.info("asked to %s: draining", "stop" if stop else "restart")
            self.phase = "draining"
            self._group.stop()

    def _look_at_kafka(self) -> None:
        names = list(self._group.contracts)
        try:
            self._ends = broker.all_end_offsets(self._kafka, names, self._admin)
            ids = broker.topic_ids(self._kafka, names, self._admin)
            self._epochs.saw(self._ends, ids)
            topics = ids, {topic: set(places) for topic, places in self._ends.items()}
            if self._topics is not None and topics != self._topics:
                log.info("topics, partitions or topic ids changed")
                self._group.topics_changed()
            self._topics = topics
        except TopicError as error:
            self._group.last_error = str(error)

    def publish(self) -> None:
        holder = Holder.this_process()
        status = state.StreamStatus(
            group=self._group_name,
            owner=self._lease.owner,
            epoch=self._lease.epoch,
            host=holder.host,
            pid=holder.pid,
            phase=self.phase,
            started_at=self._started_at,
            published_at=time.time(),
            writer=self._settings.writer,
            batch_seconds=round(self._group.reader.batch_seconds, 3),
            batch_durations=self._group.reader.durations.told(),
            records=self._group.reader.records,
            lineage_failures=self._lineage.failures,
            restarts=max(0, self._group.reader.starts - 1),
            last_error=self._group.last_error,
            once=self._once,
            restart=self._restart,
            request=self._request,
            live={name: _live(figures) for name, figures in self._group.live.figures.items()},
            feeds={self._group.contracts[topic].feed: self._feed(topic) for topic in self._group.contracts},
        )
        state.publish_actual(self._lake, status)

    def _feed(self, topic: str) -> state.FeedStatus:
        feed, figures, parked = self._group.feeds.get(topic), self._group.figures[topic], self._group.parked[topic]
        wait = max(0.0, parked.until - time.monotonic())
        epoch = self._epochs.of(topic)
        return state.FeedStatus(
            next_offsets={str(number): offset for number, offset in feed.next_offsets.items()} if feed else {},
            topic_id=epoch.topic_id if epoch else "",
            end_offsets={str(number): offset for number, offset in (epoch.ends if epoch else {}).items()},
            contract=self._group.contracts[topic].version,
            rows=figures.rows,
            commits=figures.commits,
            failures=figures.failures,
            rows_per_second=round(self._rate(topic, figures.rows), 1),
            commit_seconds=round(figures.commit_seconds, 3),
            commit_durations=figures.durations.told(),
            committed_at=figures.committed_at,
            parked_until=None if feed else time.time() + wait,
            last_error=figures.last_error or figures.lost or figures.upkeep_error,
        )

    def _rate(self, topic: str, rows: int) -> float:
        now, seen = time.monotonic(), self._rows[topic]
        seen.append((now, rows))
        while now - seen[0][0] > RATE_WINDOW_SECONDS:
            seen.popleft()
        seconds = now - seen[0][0]
        return (rows - seen[0][1]) / seconds if seconds else 0.0


def _live(figures: LiveFigures) -> state.LiveStatus:
    return state.LiveStatus(
        rows=figures.rows,
        commits=figures.commits,
        failures=figures.failures,
        commit_seconds=round(figures.commit_seconds, 3),
        committed_at=figures.committed_at,
        last_error=figures.trouble,
    )
