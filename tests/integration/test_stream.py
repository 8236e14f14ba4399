"""The stream against a real Kafka and a real store, by both of its writers: each record is one bronze row, whatever is killed."""

from __future__ import annotations

import json
import signal
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, Producer
from confluent_kafka.admin import NewPartitions

from include import lease, objects
from include.contracts import load_contracts
from include.delta_log import open_table, rows_by_day, transaction_offsets
from include.errors import StreamError
from include.kafka import admin, all_end_offsets, topic_ids, topic_partitions
from include.settings import KafkaSettings
from include.streams import controller, state
from include.topics import reconcile_topics
from jobs.stream.main import EXIT_LEASE_HELD
from jobs.stream.watch import CONSUMER_GROUP
from local.stack import Stack
from tests.integration.streams import GROUP, Streams, eventually, streams_of

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def topics(stack: Stack) -> dict[str, str]:
    """The environment of the shared stack, with every contract's topic made."""
    environment = stack.client_environment()
    reconcile_topics(tuple(load_contracts().feeds.values()), KafkaSettings.from_environment(environment)).check()
    return environment


@pytest.fixture(params=["driver", "executors"])
def streams(request: pytest.FixtureRequest, topics: dict[str, str], tmp_path: Path) -> Iterator[Streams]:
    with streams_of(topics, tmp_path, HEADWATER_STREAM_WRITER=request.param) as streams:
        yield streams


@pytest.fixture
def driver_streams(topics: dict[str, str], tmp_path: Path) -> Iterator[Streams]:
    with streams_of(topics, tmp_path) as streams:
        yield streams


def metric(n: int, when: str = "2026-03-01T10:00:00Z") -> bytes:
    return json.dumps({"server": f"s{n}", "timestamp": when, "cpu_pct": 1.0, "memory_pct": 2.0}).encode()


def test_every_record_is_one_bronze_row(streams: Streams):
    before = all_end_offsets(streams.kafka, ["metrics"])["metrics"][0]
    sent_at = int(datetime(2026, 2, 3, 4, 5, 6, 789000, UTC).timestamp() * 1000)
    odd: list[bytes | None] = [
        metric(1),
        metric(2, "1999-12-31T23:59:59.999999+02:00"),
        metric(3, "2031-01-01 00:00:00"),
        metric(4, "yesterday"),
        b"\xff\xfe no json \x00",
        b"[]",
        b"",
        None,
        b'{"pad": "' + b"x" * 900_000 + b'"}',
    ]
    headers = [("trace", b"\x00\x01"), ("empty", None)]
    for number, value in enumerate(odd):
        streams.send("metrics", [value], partition=0, timestamp=sent_at, key=None if number % 2 else b"k\xff", headers=headers)

    assert streams.drain() == 0

    assert streams.differences() == {}
    rows = [row for row in streams.rows("metrics").sort_by("offset").to_pylist() if row["partition"] == 0 and row["offset"] >= before]
    assert [row["value"] for row in rows] == odd
    assert [row["key"] for row in rows] == [None if number % 2 else b"k\xff" for number in range(len(odd))]
    assert rows[0]["headers"] == [{"key": "trace", "value": b"\x00\x01"}, {"key": "empty", "value": None}]
    fallback = datetime(2026, 2, 3, 4, 5, 6, 789000, UTC)
    assert [row["timestamp"] for row in rows] == [fallback] * len(odd)
    assert [row["event_time"] for row in rows[:4]] == [
        datetime(2026, 3, 1, 10, tzinfo=UTC),
        datetime(1999, 12, 31, 21, 59, 59, 999999, UTC),
        datetime(2031, 1, 1, tzinfo=UTC),
        fallback,
    ]
    assert {row["event_time"] for row in rows[4:]} == {fallback}
    assert rows[1]["event_date"] == date(1999, 12, 31)
    assert date(2031, 1, 1) in rows_by_day(streams.lake, "bronze.metrics")


def test_a_start_without_any_local_file_adds_only_what_is_new(streams: Streams):
    streams.send("views", [b"{}"] * 50)
    assert streams.drain() == 0
    streams.send("views", [b"{}"] * 7)

    assert streams.drain() == 0

    assert streams.differences() == {}


def test_the_offsets_travel_in_the_tables_own_log(streams: Streams):
    streams.send("clicks", [b"{}"] * 20)

    assert streams.drain() == 0

    table = open_table(streams.lake, "bronze.clicks")
    ends = all_end_offsets(streams.kafka, ["clicks"])["clicks"]
    assert table is not None
    assert transaction_offsets(table, topic_ids(streams.kafka, ["clicks"])["clicks"], ends) == ends


@pytest.mark.parametrize("ending", ["while it runs", "as it ends"])
def test_a_transactions_marker_counts_as_read(streams: Streams, ending: str):
    producer = Producer(streams.kafka.client(transactional_id=uuid.uuid4().hex))
    producer.init_transactions(60)
    for outcome in (producer.commit_transaction, producer.abort_transaction, producer.commit_transaction):
        producer.begin_transaction()
        producer.produce("ratings", b"{}", partition=0)
        producer.flush(60)
        outcome(60)

    if ending == "as it ends":
        assert streams.drain() == 0
    else:
        streams.run()

    eventually(streams.landed, "the markers' offsets are committed, too")
    assert streams.differences() == {}


def test_a_killed_driver_loses_and_doubles_nothing(driver_streams: Streams):
    streams = driver_streams
    eventually(streams.running, "a driver runs")
    sending = threading.Thread(target=_send_slowly, args=(streams, 40.0))
    sending.start()
    kills = 0
    while sending.is_alive():
        if streams.running():
            time.sleep(0.7 * (kills + 1))  # at another place of the micro-batch each time
            streams.kill_driver()
            kills += 1
            state.set_desired(streams.lake, GROUP, "running")
        time.sleep(0.5)

    eventually(lambda: streams.running() and streams.landed(), "all records are in bronze")

    assert kills >= 1
    assert streams.differences() == {}


def _send_slowly(streams: Streams, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for feed in ("metrics", "logs-application", "clicks", "views", "ratings", "incidents"):
            streams.send(feed, [b'{"timestamp": "2026-03-01T00:00:00Z"}'] * 10)
        time.sleep(0.2)


def test_a_second_driver_refuses_to_run(driver_streams: Streams):
    eventually(driver_streams.running, "a driver runs")
    second = driver_streams.run()

    assert second.wait(120) == EXIT_LEASE_HELD
    assert "another process writes here" in driver_streams.log_of(second)
    assert driver_streams.running()


def test_a_driver_of_another_grouping_refuses_to_run(driver_streams: Streams):
    driver_streams.run()
    eventually(lambda: _phase(driver_streams) == "running", "the first runs")

    other = driver_streams.run("--group", "commerce", HEADWATER_STREAM_GROUPS="system")

    assert other.wait(120) == EXIT_LEASE_HELD


def test_a_paused_driver_that_wakes_up_writes_nothing(driver_streams: Streams):
    first = driver_streams.run()
    eventually(lambda: _phase(driver_streams) == "running", "the first driver runs")
    first.send_signal(signal.SIGSTOP)
    driver_streams.send("ratings", [b"{}"] * 30)
    second = driver_streams.run()
    eventually(driver_streams.landed, "the second driver took over")

    first.send_signal(signal.SIGCONT)

    assert first.wait(120) != 0
    assert second.poll() is None
    driver_streams.send("ratings", [b"{}"] * 30)
    eventually(driver_streams.landed, "the second driver goes on")
    assert driver_streams.differences() == {}


def _phase(streams: Streams) -> str | None:
    status = state.read_actual(streams.lake, GROUP)
    return None if status is None else status.phase


def test_a_feed_whose_table_is_broken_stops_alone_and_rejoins(driver_streams: Streams):
    lake = driver_streams.lake
    broken = f"{lake.prefix}bronze/incidents/_delta_log/00000000000000000000.json"
    objects.client(lake).put_object(Bucket=lake.bucket, Key=broken, Body=b"not a log")
    driver_streams.send("incidents", [b"{}"] * 5)
    driver_streams.send("metrics", [metric(1)] * 5)
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


def test_a_driver_that_is_asked_to_stop_commits_what_it_read_and_gives_its_lease_back(driver_streams: Streams):
    process = driver_streams.run()
    driver_streams.send("planet_discoveries", [b"{}"] * 10)
    eventually(lambda: _phase(driver_streams) == "running", "the driver runs")

    state.set_desired(driver_streams.lake, GROUP, "stopped")

    assert process.wait(120) == 0
    record = lease.read(driver_streams.lake, f"stream-{GROUP}")
    assert record is not None
    assert record.released
    assert _phase(driver_streams) == "stopped"


def test_added_partitions_are_read_within_a_minute(driver_streams: Streams):
    driver_streams.run()
    eventually(lambda: _phase(driver_streams) == "running", "the driver runs")
    number = len(topic_partitions(driver_streams.kafka, ["public-transport"])["public-transport"])
    client = admin(driver_streams.kafka)  # a client without a name would end before its answer came
    client.create_partitions([NewPartitions("public-transport", number + 1)])["public-transport"].result()
    eventually(lambda: len(topic_partitions(driver_streams.kafka, ["public-transport"])["public-transport"]) == number + 1, "it is there")
    driver_streams.send("public-transport", [b"{}"] * 10, partition=number)

    eventually(driver_streams.landed, "the new partition's records are in bronze", seconds=120)
    assert driver_streams.differences() == {}


def test_a_driver_that_dies_at_once_is_reported_with_the_end_of_its_log(driver_streams: Streams):
    broken = Streams({**driver_streams.environment, "HEADWATER_STREAM_GROUPS": "neither"}, driver_streams.log_directory)

    with pytest.raises(StreamError, match=r"(?s)ended right after its start.*use all or system"):
        broken.reconcile()


def test_a_group_that_keeps_dying_raises_instead_of_spinning(driver_streams: Streams):
    now = time.time()
    controller.Memory(tuple(now - age for age in (50, 40, 30, 20, 10)), None).write(driver_streams.lake, GROUP)

    with pytest.raises(StreamError, match="died 5 times"):
        driver_streams.reconcile()


def test_an_operators_start_forgives_earlier_deaths(driver_streams: Streams):
    now = time.time()
    controller.Memory(tuple(now - age for age in (50, 40, 30, 20, 10)), None).write(driver_streams.lake, GROUP)
    state.set_desired(driver_streams.lake, GROUP, "running")

    assert driver_streams.reconcile().action in ("started", "starting")
