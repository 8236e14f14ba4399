"""Which topic each name meant when it was last looked at, where it ended then and how far it was read: what is known of a topic, or of a
table, that is gone."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from include.delta_log import open_table
from include.settings import LakeSettings
from include.streams import state
from include.watch.lag_samples import LAG, rows_of


@dataclass(frozen=True)
class Epoch:
    """A topic, by its id, and the end offsets that it was last seen with, at `seen_at` (seconds since the epoch): it held at least so many
    records. `read`: the next offsets that its table lacked."""

    topic_id: str
    ends: Mapping[int, int] = field(default_factory=dict)
    read: Mapping[int, int] = field(default_factory=dict)
    seen_at: float = field(default=0.0, compare=False)


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
                    found[topics[feed]] = Epoch(
                        told.topic_id, _by_number(told.end_offsets), _by_number(told.next_offsets), status.published_at
                    )
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
                    self._known[topic] = replace(known, ends=dict(ends[topic]), seen_at=time.time())
            self._ids = dict(ids)

    def has_read(self, topic: str, topic_id: str, next_offsets: Mapping[int, int]) -> None:
        """Notes how far the table of that topic is: it is told on while nobody can open the table."""
        with self._lock:
            if (known := self._known.get(topic)) is not None and known.topic_id == topic_id:
                self._known[topic] = replace(known, read=dict(next_offsets))

    def begin(self, topic: str, topic_id: str) -> None:
        """The name means this topic from now on, and all that is to be told of the former one has been."""
        with self._lock:
            if topic not in self._known or self._known[topic].topic_id != topic_id:
                self._known[topic] = Epoch(topic_id)


def sampled(lake: LakeSettings, feed: str, known: Epoch) -> dict[str, Epoch]:
    """Topic id → what the DAG `watch` has seen of it since the epoch was: it looks while no driver does, and sees topics that no driver
    ever saw. Empty without a look. Raises StoreError."""
    table = open_table(lake, LAG)
    if table is None:
        return {}
    found: dict[str, Epoch] = {}
    for row in rows_of(table, ["topic_id", "partition", "end_offset", "sampled_at"], [("feed", "=", feed)]):
        at, topic_id = row["sampled_at"].timestamp(), row["topic_id"]
        if topic_id == known.topic_id or at > known.seen_at:
            epoch = found.get(topic_id, Epoch(topic_id))
            ends = {**epoch.ends, row["partition"]: max(row["end_offset"], epoch.ends.get(row["partition"], 0))}
            found[topic_id] = Epoch(topic_id, ends, seen_at=max(at, epoch.seen_at))
    return found


def _by_number(offsets: Mapping[str, int]) -> dict[int, int]:
    return {int(number): offset for number, offset in offsets.items()}
