"""Which topic each name meant when it was last looked at, and where it ended then: what is known of a topic that is gone."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from include.settings import LakeSettings
from include.streams import state


@dataclass(frozen=True)
class Epoch:
    """A topic, by its id, and the end offsets that it was last seen with: it held at least so many records."""

    topic_id: str
    ends: Mapping[int, int] = field(default_factory=dict)


class Epochs:
    """Topic name → its epoch. The watch tells what it sees, and whoever opens a feed asks what was before."""

    def __init__(self, known: Mapping[str, Epoch] | None = None) -> None:
        self._known = dict(known or {})
        self._ids: dict[str, str] = {}  # at the last look
        self._lock = threading.Lock()

    @classmethod
    def published(cls, lake: LakeSettings, groups: Iterable[str], topics: Mapping[str, str]) -> Epochs:
        """What earlier drivers of these groups saw last; `topics` by feed."""
        found: dict[str, Epoch] = {}
        drivers = [status for group in groups if (status := state.read_actual(lake, group)) is not None]
        for status in sorted(drivers, key=lambda status: status.published_at):
            for feed, told in status.feeds.items():
                if feed in topics and told.topic_id:
                    found[topics[feed]] = Epoch(told.topic_id, {int(number): end for number, end in told.end_offsets.items()})
        return cls(found)

    def of(self, topic: str) -> Epoch | None:
        with self._lock:
            return self._known.get(topic)

    def saw(self, ends: Mapping[str, Mapping[int, int]], ids: Mapping[str, str]) -> None:
        """Notes the ends, asked for after the ids of the last call and before these: where the two agree they are that topic's."""
        with self._lock:
            for topic, topic_id in ids.items():
                known = self._known.get(topic, Epoch(topic_id))
                if self._ids.get(topic) == topic_id == known.topic_id and topic in ends:
                    self._known[topic] = Epoch(topic_id, dict(ends[topic]))
            self._ids = dict(ids)

    def begin(self, topic: str, topic_id: str) -> None:
        """The name means this topic from now on, and all that is to be told of the former one has been."""
        with self._lock:
            if topic not in self._known or self._known[topic].topic_id != topic_id:
                self._known[topic] = Epoch(topic_id)
