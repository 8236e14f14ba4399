"""What a real Kafka says of offsets without a row."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from include.settings import KafkaSettings
from jobs.audit import evidence as evidence_module
from jobs.audit.broker import Broker
from jobs.audit.evidence import ask
from jobs.audit.offsets import between
from tests.integration.streams import eventually

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]


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


@pytest.fixture
def compacted(kafka: KafkaSettings) -> Iterator[str]:
    """A topic of the test's own with one partition, whose records are compacted as soon as can be."""
    name, admin = f"compacted-{uuid.uuid4().hex[:8]}", AdminClient(kafka.client())
    soon = {"segment.ms": "200", "min.cleanable.dirty.ratio": "0.01", "max.compaction.lag.ms": "200", "delete.retention.ms": "0"}
    for future in admin.create_topics([NewTopic(name, 1, 1, config={"cleanup.policy": "compact", **soon})]).values():
        future.result(30)
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


def test_what_a_key_s_newer_record_replaced_is_a_gap_of_compaction(kafka: KafkaSettings, compacted: str):
    producer, broker = Producer(kafka.client()), Broker(kafka)

    def replaced() -> bool:
        # The newest segment is never compacted: one more record, once it is old enough, begins another.
        producer.produce(compacted, b"{}", b"other", partition=0)
        assert producer.flush(60) == 0
        found = broker.topic(compacted)
        assert found is not None
        return list(ask(broker, found, 0, between(0, 5)).held) == [4]

    for _ in range(5):
        producer.produce(compacted, b"{}", b"one", partition=0)
    assert producer.flush(60) == 0
    eventually(replaced, "Kafka compacts the topic")

    found = broker.topic(compacted)
    assert found is not None
    evidence = ask(broker, found, 0, between(0, 5))
    assert {reason: list(offsets) for reason, offsets in evidence.gaps.items()} == {"compaction": [0, 1, 2, 3]}
    assert (list(evidence.gone), list(evidence.unasked)) == ([], [])


def test_of_a_transaction_that_is_open_nothing_is_known_yet(kafka: KafkaSettings, topic: str):
    producer, broker = Producer(kafka.client(transactional_id=topic)), Broker(kafka)
    producer.init_transactions(60)
    producer.begin_transaction()
    producer.produce(topic, b"{}", partition=0)
    producer.flush(60)
    found = broker.topic(topic)
    assert found is not None

    evidence = ask(broker, found, 0, between(12, 14))
    assert (list(evidence.held), list(evidence.unasked), dict(evidence.gaps)) == ([12], [13], {})

    producer.commit_transaction(60)
    found = broker.topic(topic)
    assert found is not None
    evidence = ask(broker, found, 0, between(12, 15))
    assert (list(evidence.held), list(evidence.unasked)) == ([12, 13], [])
    assert {reason: list(offsets) for reason, offsets in evidence.gaps.items()} == {"transaction markers": [14]}


def test_time_that_is_up_within_a_stretch_leaves_the_rest_for_the_next_audit(
    kafka: KafkaSettings, topic: str, monkeypatch: pytest.MonkeyPatch
):
    # A clock that moves when it is looked at: a few records, one a batch, and the time is up.
    ticks = itertools.count()
    monkeypatch.setattr(evidence_module, "time", SimpleNamespace(monotonic=lambda: next(ticks)))
    for name, value in {"_BATCH": 1, "_WAIT_SECONDS": 60.0, "AT_MOST_SECONDS": 24, "SILENCE_SECONDS": 1000}.items():
        monkeypatch.setattr(evidence_module, name, value)
    broker = Broker(kafka)
    found = broker.topic(topic)
    assert found is not None

    open_offsets, audits = between(0, 13), 0
    while open_offsets:
        evidence = ask(broker, found, 0, open_offsets)
        assert len(evidence.unasked) < len(open_offsets), "an audit that gets nowhere"
        open_offsets, audits = evidence.unasked, audits + 1
        if audits == 1:
            assert 0 in evidence.held
            assert len(open_offsets) > 0

    assert audits > 1


def test_a_topic_that_is_not_there_is_none(kafka: KafkaSettings):
    assert Broker(kafka).topic("no-such-topic") is None
