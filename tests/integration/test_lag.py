"""Lag as it is on a real broker, before and after a driver has read: the same numbers as Kafka's own tools have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition

from include.contracts import load_contracts
from include.kafka import admin
from include.watch.lag_samples import LagSample, put
from include.watch.look import look
from jobs.stream.watch import CONSUMER_GROUP
from tests.integration.streams import Streams, eventually

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

CONTRACT = load_contracts()["ratings"]


def looked_at(streams: Streams) -> dict[int, LagSample]:
    """Partition → its sample by a look, which is noted for the next ones."""
    samples = look(streams.kafka, streams.lake, load_contracts()).samples
    put(streams.lake, samples)
    return {sample.partition: sample for sample in samples if sample.feed == CONTRACT.feed}


def test_lag_is_what_kafkas_consumer_group_says_and_ages_with_its_oldest_record(driver_streams: Streams) -> None:
    long_ago = datetime.now(UTC) - timedelta(hours=3)
    driver_streams.send("ratings", [b"{}"] * 7, partition=1, timestamp=int(long_ago.timestamp() * 1000))
    unread = looked_at(driver_streams)
    assert {number: sample.lag_records for number, sample in unread.items()} == driver_streams.ends("ratings")["ratings"]
    assert unread[1].lag_records >= 7
    assert unread[1].state == "STOP"
    assert unread[1].lag_seconds is not None

    assert driver_streams.drain() == 0
    after = looked_at(driver_streams)
    assert [(sample.lag_records, sample.lag_seconds, sample.state) for sample in after.values()] == [(0, 0.0, "OK")] * len(after)
    committed = {number: sample.next_offset for number, sample in after.items()}
    eventually(lambda: offsets_of_the_group(driver_streams) == committed, "the consumer group has the tables' offsets")

    driver_streams.send("ratings", [b"{}"], partition=1, timestamp=int(long_ago.timestamp() * 1000))
    late = looked_at(driver_streams)[1]
    assert (late.lag_records, late.arrived) == (1, 1)
    assert late.lag_seconds == pytest.approx(3 * 3600, abs=600)
    assert late.records_per_second is not None
    assert late.runway_hours is not None


def offsets_of_the_group(streams: Streams) -> dict[int, int]:
    """Partition → the group's next offset; 0 where it has none."""
    places = [TopicPartition(CONTRACT.topic.name, number) for number in streams.ends("ratings")["ratings"]]
    client = admin(streams.kafka)
    (asked,) = client.list_consumer_group_offsets([ConsumerGroupTopicPartitions(CONSUMER_GROUP, places)]).values()
    return {place.partition: max(place.offset, 0) for place in asked.result(60).topic_partitions}
