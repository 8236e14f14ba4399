"""What Kafka has of a group's topics when its query starts, and what it has no more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from include import kafka as broker
from include.settings import KafkaSettings
from jobs.stream.feed import FeedStream


@dataclass(frozen=True)
class Places:
    """Topic ids, and per topic and partition where Kafka's log begins and ends; topics that do not exist are left out."""

    ids: Mapping[str, str]
    begins: Mapping[str, Mapping[int, int]]
    ends: Mapping[str, Mapping[int, int]]

    @classmethod
    def look(cls, kafka: KafkaSettings, topics: Iterable[str]) -> Places:
        client = broker.admin(kafka)
        ids = broker.topic_ids(kafka, topics, client)
        return cls(ids, broker.all_begin_offsets(kafka, ids, client), broker.all_end_offsets(kafka, ids, client))

    def partitions(self, topic: str) -> tuple[int, ...]:
        return tuple(sorted(self.begins[topic]))

    def moved(self, feed: FeedStream) -> bool:
        """Whether the feed's topic is another one by now, or has other partitions."""
        topic = feed.contract.topic.name
        return feed.topic_id != self.ids.get(topic) or set(feed.partitions) != set(self.begins.get(topic, ()))

    def truncated(self, feed: FeedStream) -> dict[int, tuple[int, int]]:
        """Partition → Kafka's end and the offset that the table goes on at, where Kafka ends before it: the broker lost records, and
        gives their offsets to others."""
        ends = self.ends.get(feed.contract.topic.name, {})
        return {number: (ends[number], wanted) for number, wanted in feed.positions.items() if wanted > ends.get(number, wanted)}

    def lost(self, feed: FeedStream) -> dict[int, tuple[int, int]]:
        """Partition → first and last of the offsets that Kafka deleted before the feed had read them."""
        begins = self.begins[feed.contract.topic.name]
        wanted = {number: feed.positions.get(number, 0) for number in feed.partitions}
        return {number: (first, begins[number] - 1) for number, first in wanted.items() if first < begins[number]}
