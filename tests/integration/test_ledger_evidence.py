"""What a real Kafka says of offsets without a row."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from include.settings import KafkaSettings
from jobs.audit.broker import Broker
from jobs.audit.evidence import ask
from jobs.audit.offsets import between
from local.stack import Stack

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]


@pytest.fixture
def kafka(stack: Stack) -> KafkaSettings:
    return KafkaSettings.from_environment(stack.client_environment())


@pytest.fixture
def topic(kafka: KafkaSettings) -> Iterator[str]:
    """A topic of the test's own with one partition: c c m | a a m | c m | 5 records without a transaction."""
    name, admin = f"evidence-{uuid.uuid4().hex[:8]}", AdminClient(kafka.client())
    for future in admin.create_topics([NewTopic(name, 1, 1)]).values():
        future.result(30)
    producer = Producer(kafka.client(transactional_id=name))
    producer.init_transactions(60)
    for records, end in ((2, producer.commit_transaction), (2, producer.abort_transaction), (1, producer.commit_transaction)):
        producer.begin_transaction()
        for _ in range(records):
            producer.produce(name, b"{}", partition=0)
        producer.flush(60)
        end(60)
    plain = Producer(kafka.client())
    for _ in range(5):
        plain.produce(name, b"{}", partition=0)
    assert plain.flush(60) == 0
    yield name
    for future in admin.delete_topics([name]).values():
        future.result(30)


def test_each_missing_offset_is_a_record_or_has_a_reason(kafka: KafkaSettings, topic: str):
    broker = Broker(kafka)
    found = broker.topic(topic)
    assert found is not None
    assert found.ends == {0: 13}

    evidence = ask(broker, found, 0, between(0, 15))

    assert {reason: list(offsets) for reason, offsets in evidence.gaps.items()} == {"transaction markers": [2, 5, 7], "aborted": [3, 4]}
    assert list(evidence.held) == [0, 1, 6, 8, 9, 10, 11, 12]
    assert (list(evidence.gone), list(evidence.unasked)) == ([13, 14], [])


def test_a_marker_at_the_very_end_is_proven(kafka: KafkaSettings, topic: str):
    producer = Producer(kafka.client(transactional_id=topic))
    producer.init_transactions(60)
    producer.begin_transaction()
    producer.produce(topic, b"{}", partition=0)
    producer.flush(60)
    producer.abort_transaction(60)
    broker = Broker(kafka)
    found = broker.topic(topic)
    assert found is not None
    evidence = ask(broker, found, 0, between(13, 15))
    assert {reason: list(offsets) for reason, offsets in evidence.gaps.items()} == {"transaction markers": [14], "aborted": [13]}


def test_what_retention_took_is_gone(kafka: KafkaSettings, topic: str):
    admin = AdminClient(kafka.client())  # kept: a client that nobody holds answers nobody
    for future in admin.delete_records([TopicPartition(topic, 0, 6)]).values():
        future.result(30)
    broker = Broker(kafka)
    found = broker.topic(topic)
    assert found is not None
    evidence = ask(broker, found, 0, between(0, 8))
    assert (list(evidence.gone), list(evidence.held)) == ([0, 1, 2, 3, 4, 5], [6])
    assert {reason: list(offsets) for reason, offsets in evidence.gaps.items()} == {"transaction markers": [7]}


def test_a_topic_that_is_not_there_is_none(kafka: KafkaSettings):
    assert Broker(kafka).topic("no-such-topic") is None
