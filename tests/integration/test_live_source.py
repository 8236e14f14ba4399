"""The live tables' own reading of Kafka, on a real broker: nothing is left out in silence, and nothing is taken for what it is not."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic

from include.kafka import admin, topic_ids
from include.settings import KafkaSettings
from jobs.stream.live_source import KafkaSource
from jobs.stream.slices import Slice
from tests.integration.streams import eventually

pytestmark = pytest.mark.integration


@pytest.fixture
def topic(kafka: KafkaSettings) -> Iterator[str]:
    """One of two partitions that nobody else has."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    make(kafka, name)
    yield name
    delete(kafka, name)


@pytest.fixture
def source(kafka: KafkaSettings) -> Iterator[KafkaSource]:
    source = KafkaSource(kafka)
    yield source
    source.close()


def make(kafka: KafkaSettings, topic: str) -> None:
    client = admin(kafka)  # what it was asked for ends with it
    anything = {"message.timestamp.after.max.ms": str(2**63 - 1)}  # as older brokers take it
    client.create_topics([NewTopic(topic, 2, 1, config=anything)])[topic].result()
    eventually(lambda: topic in topic_ids(kafka, [topic]), "the topic is there")


def delete(kafka: KafkaSettings, topic: str) -> None:
    client = admin(kafka)
    client.delete_topics([topic])[topic].result()
    eventually(lambda: topic not in topic_ids(kafka, [topic]), "the topic is gone")


def produce(kafka: KafkaSettings, topic: str, *values: bytes | None, at: int = 0) -> None:
    """`at`: Kafka's time in milliseconds, the moment itself where it is 0."""
    producer, refused = Producer(kafka.client()), []
    for value in values:
        producer.produce(topic, value, partition=0, timestamp=at, on_delivery=lambda error, _: refused.append(error) if error else None)
    assert (producer.flush(30), refused) == (0, [])


def read(source: KafkaSource, records: int) -> tuple[list[Slice], dict[str, str]]:
    """What comes until there are so many records, or a refusal."""
    found: list[Slice] = []
    until = time.monotonic() + 60
    while time.monotonic() < until:
        came, refused = source.read(0.2)
        found += [piece for pieces in came.values() for piece in pieces]
        if refused or (records and sum(piece.records.num_rows for piece in found) >= records):
            return found, refused
    raise AssertionError(f"only {found} came")


def offsets(pieces: list[Slice]) -> list[int]:
    return [offset for piece in pieces for offset in piece.records["offset"].to_pylist()]


def values(pieces: list[Slice]) -> list[bytes | None]:
    return [value for piece in pieces for value in piece.records["value"].to_pylist()]


def follow(source: KafkaSource, kafka: KafkaSettings, topic: str, start: int) -> None:
    source.follow(topic, topic_ids(kafka, [topic])[topic], {0: start, 1: 0})


def test_it_reads_on_from_an_offset_with_what_kafka_knows_of_each_record(kafka: KafkaSettings, topic: str, source: KafkaSource) -> None:
    march = datetime(2026, 3, 1, 12, tzinfo=UTC)
    produce(kafka, topic, b"a", b"b", None, b"c" * 900_000, at=int(march.timestamp() * 1000))
    follow(source, kafka, topic, 1)
    found, refused = read(source, 3)
    assert refused == {}
    assert (offsets(found), values(found)) == ([1, 2, 3], [b"b", None, b"c" * 900_000])
    assert {moment for piece in found for moment in piece.records["event_time"].to_pylist()} == {march}
    assert all((piece.partition, piece.next) == (0, piece.first + piece.records.num_rows) for piece in found)


def test_what_was_aborted_is_not_read_and_what_is_not_decided_is_waited_for(kafka: KafkaSettings, topic: str, source: KafkaSource) -> None:
    producer = Producer(kafka.client(transactional_id=topic))
    producer.init_transactions(30)
    follow(source, kafka, topic, 0)
    for value, end in (b"gone", producer.abort_transaction), (b"kept", producer.commit_transaction):
        producer.begin_transaction()
        producer.produce(topic, value, partition=0)
        assert producer.flush(30) == 0
        assert source.read(1.0) == ({}, {})
        end(30)
    found, _ = read(source, 1)
    assert (values(found), offsets(found)) == ([b"kept"], [2])


def test_an_offset_that_kafka_does_not_have_is_told_and_another_topic_is_read_on(
    kafka: KafkaSettings, topic: str, source: KafkaSource
) -> None:
    other = f"{topic}-other"
    make(kafka, other)
    produce(kafka, topic, b"a")
    follow(source, kafka, topic, 5)
    follow(source, kafka, other, 0)
    found, refused = read(source, 0)
    assert (found, list(refused)) == ([], [topic])
    assert "out of range" in refused[topic]
    source.leave(topic)
    produce(kafka, other, b"b")
    assert values(read(source, 1)[0]) == [b"b"]
    delete(kafka, other)


def test_records_of_a_topic_that_was_made_anew_are_not_taken_for_the_former_ones(
    kafka: KafkaSettings, topic: str, source: KafkaSource
) -> None:
    produce(kafka, topic, b"a")
    follow(source, kafka, topic, 1)
    assert source.read(1.0) == ({}, {})
    delete(kafka, topic)
    make(kafka, topic)
    produce(kafka, topic, b"b", b"c")
    found, refused = read(source, 1)
    assert (found, refused) == ([], {topic: "another topic has this name by now"})
    source.leave(topic)
    follow(source, kafka, topic, 0)
    assert values(read(source, 2)[0]) == [b"b", b"c"]


def test_a_time_that_no_calendar_has_becomes_the_time_of_reading(kafka: KafkaSettings, topic: str, source: KafkaSource) -> None:
    produce(kafka, topic, b"a", at=400_000_000_000_000)
    follow(source, kafka, topic, 0)
    before = datetime.now(UTC)
    found, _ = read(source, 1)
    assert before <= found[0].records["event_time"][0].as_py() <= datetime.now(UTC)


def test_topic_that_was_left_is_not_read(kafka: KafkaSettings, topic: str, source: KafkaSource) -> None:
    follow(source, kafka, topic, 0)
    source.leave(topic)
    produce(kafka, topic, b"a")
    assert source.read(2.0) == ({}, {})
