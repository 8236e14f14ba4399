"""What Kafka holds: topic ids, partitions and offsets. Every function asks the brokers and raises TopicError when they do not answer."""

from __future__ import annotations

import time
from collections.abc import Iterable

from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec

from include.errors import TopicError
from include.settings import KafkaSettings

TIMEOUT_SECONDS = 15.0
# A partition that was just made, or whose broker has just come back, has no leader for a moment.
ELECTING = (KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE, KafkaError.UNKNOWN_TOPIC_OR_PART)


def quiet(_error: KafkaError) -> None:
    """librdkafka reports each failed connection; the call that needed it raises, and that is enough."""


def admin(kafka: KafkaSettings) -> AdminClient:
    return AdminClient({**kafka.client(), "error_cb": quiet, "log_level": 0})


def failed(what: str, kafka: KafkaSettings, error: Exception, topic: str = "") -> TopicError:
    return TopicError(
        f"{what}: {error}",
        where=f"Kafka at {kafka.bootstrap_servers}" + (f", topic {topic}" if topic else ""),
        fix="see that the broker is up and that the topic exists (DAG `topics` creates what is missing)",
    )


def topic_ids(
    kafka: KafkaSettings, topics: Iterable[str], client: AdminClient | None = None, seconds: float = TIMEOUT_SECONDS
) -> dict[str, str]:
    """Topic name → topic id, for the topics that exist. A topic that was deleted and made again has another id. Raises TopicError where
    the broker does not answer within so long."""
    client = client if client is not None else admin(kafka)  # it has a length, and an empty one is false
    futures = client.describe_topics(TopicCollection(list(topics)), request_timeout=seconds)
    found: dict[str, str] = {}
    for name, future in futures.items():
        try:
            found[name] = str(future.result().topic_id)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                raise failed("the topic could not be described", kafka, error, name) from error
    return found


def topic_partitions(kafka: KafkaSettings, topics: Iterable[str], client: AdminClient | None = None) -> dict[str, list[int]]:
    """Topic name → its partitions, for the topics that exist; one call for all."""
    client = client if client is not None else admin(kafka)
    try:
        metadata = client.list_topics(timeout=TIMEOUT_SECONDS)
    except KafkaException as error:
        raise failed("the topics could not be listed", kafka, error) from error
    return {name: sorted(metadata.topics[name].partitions) for name in topics if name in metadata.topics}


def _list(kafka: KafkaSettings, topics: Iterable[str], spec: OffsetSpec, client: AdminClient | None) -> dict[str, dict[int, int]]:
    client = client if client is not None else admin(kafka)
    until = time.monotonic() + TIMEOUT_SECONDS
    while True:
        asked = {
            TopicPartition(topic, number): spec for topic, places in topic_partitions(kafka, topics, client).items() for number in places
        }
        try:
            return _offsets(client, asked)
        except KafkaException as error:
            if error.args[0].code() not in ELECTING or time.monotonic() > until:
                raise failed("the offsets could not be read", kafka, error) from error
            time.sleep(0.2)


def _offsets(client: AdminClient, asked: dict[TopicPartition, OffsetSpec]) -> dict[str, dict[int, int]]:
    found: dict[str, dict[int, int]] = {}
    for place, future in client.list_offsets(asked, request_timeout=TIMEOUT_SECONDS).items() if asked else ():
        found.setdefault(place.topic, {})[place.partition] = future.result().offset
    return found


def all_begin_offsets(kafka: KafkaSettings, topics: Iterable[str], client: AdminClient | None = None) -> dict[str, dict[int, int]]:
    """Topic → partition → the first offset that is still there; topics that do not exist are left out."""
    return _list(kafka, topics, OffsetSpec.earliest(), client)


def all_end_offsets(kafka: KafkaSettings, topics: Iterable[str], client: AdminClient | None = None) -> dict[str, dict[int, int]]:
    """Topic → partition → the offset that the next record will get; topics that do not exist are left out."""
    return _list(kafka, topics, OffsetSpec.latest(), client)


def group_committer(kafka: KafkaSettings, group: str) -> Consumer:
    """A consumer that never reads: it commits a group's offsets, so that any Kafka tool shows the lag. Close it."""
    return Consumer({**kafka.client(group_id=group, enable_auto_commit=False), "error_cb": quiet, "log_level": 0})
