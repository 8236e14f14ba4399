"""The feeds that live tables and alerts are filled from, each read from Kafka, or, while that cannot be, from bronze."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Protocol

from include.errors import HeadwaterError
from include.settings import LakeSettings
from jobs.stream.feed import FeedStream
from jobs.stream.live_feed import LiveFeed
from jobs.stream.parked import Parked
from jobs.stream.slices import Slice

log = logging.getLogger(__name__)

IN_TIME_SECONDS = 5.0  # after bronze, at most
FORGIVEN_SECONDS = 600.0  # after so long a refusal counts as the first


class Source(Protocol):
    """Kafka's records as they come (KafkaSource)."""

    def follow(self, topic: str, topic_id: str, start: Mapping[int, int]) -> None: ...

    def leave(self, topic: str) -> None: ...

    def read(self, seconds: float) -> tuple[dict[str, list[Slice]], dict[str, str]]: ...

    def close(self) -> None: ...


class LiveFeeds:
    """By topic. `begin` is the group's, all else the live thread's.

    A feed is followed from where bronze's table is, or from where all live tables are, if that is further: what lies before is in bronze,
    or nobody lacks it. While bronze is catching up none is: to read as fast would only take the processor from it. What bronze has and the
    consumer does not bring in time is read from bronze, too: a consumer that gets nothing does not say so.
    """

    def __init__(self, topics: Collection[str], lake: LakeSettings, source: Source | None, catching_up: Callable[[], bool]) -> None:
        """Without a source all is read from bronze."""
        self._topics, self._lake, self._source, self.catching_up = topics, lake, source, catching_up
        self._feeds: dict[str, LiveFeed] = {}
        self._bronze: dict[str, FeedStream] = {}
        self._lock = threading.Lock()  # guards both
        self._followed: dict[str, LiveFeed] = {}
        self._committed: dict[str, dict[int, int]] = {}  # how far bronze was when that was last looked at
        self._looked_at = 0.0
        self._parked: defaultdict[str, Parked] = defaultdict(Parked)

    def begin(self, streams: Iterable[FeedStream]) -> None:
        """These are read into bronze from now on."""
        with self._lock:
            for stream in streams:
                topic, identity = stream.contract.topic.name, (stream.topic_id, stream.partitions)
                if topic not in self._topics:
                    continue
                known = self._feeds.get(topic)
                if known is None or (known.topic_id, known.partitions) != identity:
                    self._feeds[topic] = LiveFeed(stream.contract, stream.topic_id, stream.partitions, self._lake)
                    self._parked.pop(topic, None)
                self._bronze[topic] = stream

    def known(self) -> dict[str, LiveFeed]:
        with self._lock:
            return dict(self._feeds)

    def receive(self, seconds: float) -> None:
        """Takes what Kafka has by now; where a feed is followed, waits so long for the first record. A topic that cannot be read stops
        none of the others."""
        if self._source is None:
            return
        now = time.monotonic()
        wanted = {} if self.catching_up() else {topic: feed for topic, feed in self.known().items() if self._parked[topic].until <= now}
        for topic in [topic for topic, feed in self._followed.items() if wanted.get(topic) is not feed]:
            self._leave(self._source, topic)
        for topic in wanted.keys() - self._followed.keys():
            self._follow(self._source, topic, wanted[topic])
        if self._followed:
            self._read(self._source, seconds)
        if now - self._looked_at >= IN_TIME_SECONDS:
            self._looked_at = now
            self._make_up()

    def close(self) -> None:
        if self._source is not None:
            self._source.close()

    def _follow(self, source: Source, topic: str, feed: LiveFeed) -> None:
        committed = self._in_bronze(topic)
        start = {number: max(committed.get(number, 0), feed.taken.get(number, 0)) for number in feed.partitions}
        try:
            source.follow(topic, feed.topic_id, start)
        except HeadwaterError as error:
            self._refused(source, topic, str(error))
            return
        feed.begin(start)
        self._followed[topic] = feed

    def _leave(self, source: Source, topic: str) -> None:
        source.leave(topic)
        if (feed := self._followed.pop(topic, None)) is not None:
            feed.end()

    def _read(self, source: Source, seconds: float) -> None:
        try:
            came, refused = source.read(seconds)
        except HeadwaterError as error:
            came, refused = {}, dict.fromkeys(self._followed, str(error))
        for topic, why in refused.items():
            self._refused(source, topic, why)
        for topic, slices in came.items():
            self._followed[topic].offer(slices)

    def _make_up(self) -> None:
        """What bronze had the last time should have come by now."""
        for topic, feed in self._followed.items():
            if feed.make_up(self._committed.get(topic, {})):
                log.info("%s: bronze is further than what the consumer brought", topic)
        self._committed = {topic: self._in_bronze(topic) for topic in self._followed}

    def _in_bronze(self, topic: str) -> dict[int, int]:
        with self._lock:
            return dict(self._bronze[topic].next_offsets)

    def _refused(self, source: Source, topic: str, why: str) -> None:
        """It is read from bronze until it is tried again."""
        self._leave(source, topic)
        parked = self._parked[topic]
        if time.monotonic() - parked.until > FORGIVEN_SECONDS:
            parked.failures = 0
        parked.failed()
        log.warning("live tables read %s from bronze for a time: %s", topic, why)
