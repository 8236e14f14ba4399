"""How far bronze is behind Kafka, feed by feed: asked of the brokers and of the tables' logs, without Spark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from confluent_kafka.admin import AdminClient

from include.contracts.model import Contract
from include.delta_log import next_offsets
from include.errors import TopicError
from include.kafka import admin, all_begin_offsets, all_end_offsets, topic_ids
from include.settings import KafkaSettings, LakeSettings


@dataclass(frozen=True)
class FeedProgress:
    """One feed at one moment, by partition: the first offset that Kafka has, the next that it will give, and the next that bronze lacks."""

    feed: str
    begin: Mapping[int, int]
    end: Mapping[int, int]
    bronze: Mapping[int, int] = field(default_factory=dict)
    topic_id: str = ""

    def position(self, partition: int) -> int:
        """Where reading goes on: what retention has removed is not waited for."""
        return max(self.bronze.get(partition, 0), self.begin.get(partition, 0))

    @property
    def lag(self) -> int:
        """Offsets that Kafka had given and bronze lacked."""
        return sum(self.behind().values())

    def behind(self, targets: Mapping[int, int] | None = None) -> dict[int, int]:
        """Partition → offsets that it lacks up to its target (without targets: up to the end), for those that lack any.

        A target beyond the end counts as the end: the topic was made anew, and what it held then will not come back.
        """
        goals = {number: min(end, (targets or self.end).get(number, 0)) for number, end in self.end.items()}
        return {number: goal - self.position(number) for number, goal in goals.items() if goal > self.position(number)}


def end_offsets(kafka: KafkaSettings, contracts: Iterable[Contract], client: AdminClient | None = None) -> dict[str, dict[int, int]]:
    """Feed → partition → the offset that the next record will get. Raises TopicError where a topic does not exist."""
    topics = {contract.feed: contract.topic.name for contract in contracts}
    found = all_end_offsets(kafka, topics.values(), client)
    absent = [topic for topic in topics.values() if topic not in found]
    if absent:
        where = f"Kafka at {kafka.bootstrap_servers}"
        raise TopicError("no such topic", where=where, value=", ".join(absent), fix="trigger the DAG `topics`")
    return {feed: found[topic] for feed, topic in topics.items()}


def feed_progress(kafka: KafkaSettings, lake: LakeSettings, contracts: Iterable[Contract]) -> dict[str, FeedProgress]:
    """Feed → its progress. Kafka is asked before the tables, so that no lag means: bronze holds all that Kafka had when asked.

    Raises TopicError for a topic that does not exist or a broker that does not answer, StoreError for a store that does not.
    """
    by_topic = {contract.topic.name: contract for contract in contracts}
    client = admin(kafka)
    ends = end_offsets(kafka, by_topic.values(), client)
    begins = all_begin_offsets(kafka, by_topic, client)
    ids = topic_ids(kafka, by_topic, client)
    found = {}
    for topic, contract in by_topic.items():
        topic_id, end = ids.get(topic, ""), ends[contract.feed]
        bronze = next_offsets(lake, contract, topic_id, end)
        found[contract.feed] = FeedProgress(contract.feed, begins.get(topic, {}), end, bronze, topic_id)
    return found
