"""Feeds of a running driver: a broken table, the consumer group, partitions that are added."""

from __future__ import annotations

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions
from confluent_kafka.admin import NewPartitions

from include import objects
from include.kafka import admin, all_end_offsets, topic_partitions
from include.streams import state
from jobs.stream.watch import CONSUMER_GROUP
from tests.integration.streams import GROUP, Streams, eventually

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]


def test_a_feed_whose_table_is_broken_stops_alone_and_rejoins(driver_streams: Streams):
    lake = driver_streams.lake
    broken = f"{lake.prefix}bronze/incidents/_delta_log/00000000000000000000.json"
    objects.client(lake).put_object(Bucket=lake.bucket, Key=broken, Body=b"not a log")
    driver_streams.send("incidents", [b"{}"] * 5)
    driver_streams.send("metrics", [b"{}"] * 5)
    driver_streams.run()
    whole = sum(driver_streams.ends()["metrics"].values())
    eventually(lambda: driver_streams.rows("metrics", ["offset"]).num_rows == whole, "the other feeds go on")
    eventually(lambda: bool(_last_error(driver_streams, "incidents")), "the error is published")

    objects.client(lake).delete_object(Bucket=lake.bucket, Key=broken)

    eventually(driver_streams.landed, "the feed rejoins")
    assert driver_streams.differences() == {}


def _last_error(streams: Streams, feed: str) -> str | None:
    status = state.read_actual(streams.lake, GROUP)
    return status.feeds[feed].last_error if status else None


def test_the_consumer_group_shows_what_is_committed(driver_streams: Streams):
    driver_streams.run()
    driver_streams.send("clicks", [b"{}"] * 10)
    eventually(driver_streams.landed, "the records are in bronze")
    ends = all_end_offsets(driver_streams.kafka, ["clicks"])["clicks"]

    eventually(lambda: _group_offsets(driver_streams, "clicks") == ends, "the group's offsets are the ends")


def _group_offsets(streams: Streams, topic: str) -> dict[int, int]:
    """Partition → the offset that the streams' consumer group has committed."""
    client = admin(streams.kafka)  # a client without a name would end before its answer came
    future = client.list_consumer_group_offsets([ConsumerGroupTopicPartitions(CONSUMER_GROUP)])[CONSUMER_GROUP]
    return {place.partition: place.offset for place in future.result().topic_partitions if place.topic == topic}


def test_added_partitions_are_read_within_a_minute(driver_streams: Streams):
    driver_streams.run()
    eventually(lambda: driver_streams.phase() == "running", "the driver runs")
    number = len(topic_partitions(driver_streams.kafka, ["public-transport"])["public-transport"])
    client = admin(driver_streams.kafka)  # a client without a name would end before its answer came
    client.create_partitions([NewPartitions("public-transport", number + 1)])["public-transport"].result()
    eventually(lambda: len(topic_partitions(driver_streams.kafka, ["public-transport"])["public-transport"]) == number + 1, "it is there")
    driver_streams.send("public-transport", [b"{}"] * 10, partition=number)

    eventually(driver_streams.landed, "the new partition's records are in bronze", seconds=120)
    assert driver_streams.differences() == {}
