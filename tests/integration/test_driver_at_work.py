"""A driver that is at work: whoever asks finds the same one, until it is asked to stop. One driver for all of these, begun once."""

from __future__ import annotations

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions
from confluent_kafka.admin import NewPartitions

from include import lease
from include.kafka import admin, all_end_offsets, topic_partitions
from include.streams import state
from jobs.stream.main import EXIT_LEASE_HELD
from jobs.stream.watch import CONSUMER_GROUP
from tests.integration.streams import GROUP, Streams, eventually, run_by_command

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]


def test_a_drain_waits_for_it_and_it_goes_on(at_work: Streams) -> None:
    pid = at_work.driver_pid()
    at_work.send("clicks", [b'{"timestamp": "2026-03-01T00:00:00Z"}'] * 50)

    assert run_by_command(at_work)[-1] == f"{GROUP}: bronze has all that was in Kafka"

    assert at_work.differences() == {}
    assert at_work.driver_pid() == pid


def test_a_second_driver_refuses_to_run(at_work: Streams) -> None:
    second = at_work.run()

    assert second.wait(120) == EXIT_LEASE_HELD
    assert "another process writes here" in at_work.log_of(second)
    assert at_work.running()


def test_a_driver_of_another_grouping_refuses_to_run(at_work: Streams) -> None:
    other = at_work.run("--group", "commerce", HEADWATER_STREAM_GROUPS="system")

    assert other.wait(120) == EXIT_LEASE_HELD
    assert at_work.running()


def test_the_consumer_group_shows_what_is_committed(at_work: Streams) -> None:
    at_work.send("clicks", [b"{}"] * 10)
    eventually(at_work.landed, "the records are in bronze")
    ends = all_end_offsets(at_work.kafka, ["clicks"])["clicks"]

    eventually(lambda: _group_offsets(at_work, "clicks") == ends, "the group's offsets are the ends")


def _group_offsets(streams: Streams, topic: str) -> dict[int, int]:
    """Partition → the offset that the streams' consumer group has committed."""
    client = admin(streams.kafka)  # a client without a name would end before its answer came
    future = client.list_consumer_group_offsets([ConsumerGroupTopicPartitions(CONSUMER_GROUP)])[CONSUMER_GROUP]
    return {place.partition: place.offset for place in future.result().topic_partitions if place.topic == topic}


def test_added_partitions_are_read_within_a_minute(at_work: Streams) -> None:
    number = len(topic_partitions(at_work.kafka, ["public-transport"])["public-transport"])
    client = admin(at_work.kafka)  # a client without a name would end before its answer came
    client.create_partitions([NewPartitions("public-transport", number + 1)])["public-transport"].result()
    eventually(lambda: len(topic_partitions(at_work.kafka, ["public-transport"])["public-transport"]) == number + 1, "it is there")
    at_work.send("public-transport", [b"{}"] * 10, partition=number)

    eventually(at_work.landed, "the new partition's records are in bronze", seconds=120)
    assert at_work.differences() == {}


def test_asked_to_stop_it_commits_what_it_read_and_gives_its_lease_back(at_work: Streams) -> None:
    at_work.send("planet_discoveries", [b"{}"] * 10)

    state.set_desired(at_work.lake, GROUP, "stopped")

    eventually(lambda: at_work.phase() == "stopped", "it has stopped", seconds=120)
    eventually(lambda: at_work.holder() is None, "its process has ended", seconds=120)
    record = lease.read(at_work.lake, f"stream-{GROUP}")
    assert record is not None
    assert record.released
