"""What the sensors' triggers see, on a real broker and a real store, with bronze tables of the tests' own."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from confluent_kafka import Producer
from deltalake import CommitProperties, Transaction, write_deltalake

import tests.airflow_home  # noqa: F401

# isort: split

from airflow.sdk.exceptions import TaskDeferred
from lakehouse import triggers
from lakehouse.sensors import IntervalCompleteSensor
from lakehouse.triggers import IntervalCompleteTrigger, KafkaLagTrigger, TableFreshnessTrigger, TargetsTrigger, targets_now

from include.contracts import Contract, load_contracts
from include.delta_log import transaction_app_id
from include.kafka import admin, topic_ids
from include.settings import KafkaSettings, LakeSettings
from include.topics import reconcile_topics
from local.stack import Stack

pytestmark = pytest.mark.integration


@dataclass(frozen=True)
class Feed:
    """One feed of one partition, with a bronze table that the test writes itself."""

    kafka: KafkaSettings
    lake: LakeSettings
    contract: Contract

    def send(self, records: int) -> None:
        producer = Producer(self.kafka.client())
        for _ in range(records):
            producer.produce(self.contract.topic.name, b"{}", partition=0)
        assert producer.flush(10) == 0

    def land(self, next_offset: int, age_seconds: float = 0.0) -> None:
        """A commit as the stream makes it: a row, and the offset after the last record that was read."""
        then = datetime.now(UTC) - timedelta(seconds=age_seconds)
        rows = pa.table({"event_time": pa.array([then], pa.timestamp("us", "UTC")), "event_date": [then.date()]})
        app_id = transaction_app_id(topic_ids(self.kafka, [self.contract.topic.name])[self.contract.topic.name], 0)
        write_deltalake(
            self.lake.table_uri(self.contract.bronze),
            rows,
            mode="append",
            partition_by=["event_date"],
            storage_options=self.lake.delta_options(),
            commit_properties=CommitProperties(app_transactions=[Transaction(app_id, next_offset)]),
        )


@pytest.fixture
def feed(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Feed]:
    """The only feed of the system `commerce`, on a topic and in a lake of this test alone."""
    mine = f"test-{uuid.uuid4().hex[:12]}"
    for name, value in stack.client_environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LAKE_URI", f"{stack.client_environment()['LAKE_URI']}/{mine}")
    pattern = load_contracts().feeds["metrics"]
    sla = replace(pattern.sla, lag_records=5, freshness_seconds=60)
    contract = replace(pattern, topic=replace(pattern.topic, name=mine, partitions=1), sla=sla)
    monkeypatch.setattr(triggers, "system_contracts", lambda system: (contract,))
    kafka = KafkaSettings.from_environment()
    reconcile_topics([contract], kafka).check()
    yield Feed(kafka, LakeSettings.from_environment(), contract)
    client = admin(kafka)
    for future in client.delete_topics([mine]).values():
        future.result()


def waited(trigger: triggers.WaitTrigger) -> dict[str, Any]:
    return asyncio.run(anext(trigger.run())).payload


def settings(seconds: float = 1.5) -> dict[str, Any]:
    return {"system": "commerce", "deadline": time.time() + seconds, "poll_seconds": 0.1}


def complete(feed: Feed, offset: int, seconds: float = 1.5) -> dict[str, Any]:
    return waited(IntervalCompleteTrigger(targets={feed.contract.feed: {"0": offset}}, **settings(seconds)))


def test_targets_are_the_end_offsets(feed: Feed) -> None:
    feed.send(7)
    assert targets_now("commerce") == {feed.contract.feed: {"0": 7}}


def test_bronze_with_every_record_below_the_target_is_complete_and_later_ones_do_not_matter(feed: Feed) -> None:
    feed.send(9)
    feed.land(next_offset=7)
    assert complete(feed, 7) == {"done": True}


def test_bronze_without_the_last_record_is_not_complete_and_the_reason_says_what_it_lacks(feed: Feed) -> None:
    feed.send(7)
    feed.land(next_offset=6)
    event = complete(feed, 7)
    assert event == {"done": False, "reason": f"{feed.contract.bronze}: partition 0 lacks 1"}


def test_records_without_any_table_are_waited_for(feed: Feed) -> None:
    feed.send(1)
    assert complete(feed, 1)["done"] is False


def test_empty_topic_without_a_table_is_complete(feed: Feed) -> None:
    assert complete(feed, 0) == {"done": True}


def test_rows_that_arrive_while_it_waits_are_seen(feed: Feed) -> None:
    feed.send(7)

    async def land_meanwhile() -> dict[str, Any]:
        waiting = asyncio.create_task(anext(IntervalCompleteTrigger(targets={feed.contract.feed: {"0": 7}}, **settings(15)).run()))
        await asyncio.sleep(0.5)
        assert not waiting.done()
        await asyncio.to_thread(feed.land, 7)
        return (await waiting).payload

    assert asyncio.run(land_meanwhile()) == {"done": True}


@pytest.mark.parametrize(("read", "done"), [(5, True), (4, False)])
def test_lag_is_right_up_to_the_limit_of_the_contract(feed: Feed, read: int, done: bool) -> None:
    feed.send(10)
    feed.land(next_offset=read)
    assert waited(KafkaLagTrigger(**settings()))["done"] is done


def test_lag_beyond_the_limit_names_the_feed_and_both_numbers(feed: Feed) -> None:
    feed.send(10)
    assert waited(KafkaLagTrigger(**settings()))["reason"] == f"{feed.contract.feed}: 10 records unread, its contract allows 5"


@pytest.mark.parametrize(
    ("age_seconds", "read", "done"),
    [
        (10, 5, True),  # fresh, though not all is read
        (300, 5, False),  # stale: newer records wait in Kafka
        (300, 10, True),  # idle: there is nothing newer
    ],
)
def test_table_is_stale_only_while_kafka_has_more(feed: Feed, age_seconds: float, read: int, done: bool) -> None:
    feed.send(10)
    feed.land(next_offset=read, age_seconds=age_seconds)
    assert waited(TableFreshnessTrigger(**settings()))["done"] is done


def test_feed_that_never_had_a_record_is_not_stale(feed: Feed) -> None:
    assert waited(TableFreshnessTrigger(**settings())) == {"done": True}


@pytest.mark.parametrize("variable", ["KAFKA_BOOTSTRAP_SERVERS", "AWS_ENDPOINT_URL"])
def test_broker_or_store_that_is_away_never_passes(feed: Feed, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "127.0.0.1:1" if variable.startswith("KAFKA") else "http://127.0.0.1:1")
    assert waited(IntervalCompleteTrigger(targets={feed.contract.feed: {"0": 0}}, **settings(3)))["done"] is False


def test_sensor_passes_at_once_when_bronze_holds_all(feed: Feed) -> None:
    feed.send(2)
    feed.land(next_offset=2)
    assert IntervalCompleteSensor(task_id="complete", system="commerce").execute({}) is None


def test_sensor_keeps_the_targets_of_its_beginning(feed: Feed) -> None:
    feed.send(2)
    with pytest.raises(TaskDeferred) as deferred:
        IntervalCompleteSensor(task_id="complete", system="commerce").execute({})
    feed.send(5)
    assert deferred.value.trigger.targets == {feed.contract.feed: {"0": 2}}


def test_sensor_that_begins_while_kafka_is_away_gets_its_targets_when_it_is_back(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    feed.send(2)
    sensor = IntervalCompleteSensor(task_id="complete", system="commerce")
    with monkeypatch.context() as away:
        away.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
        with pytest.raises(TaskDeferred) as first:
            sensor.execute({})
    assert type(first.value.trigger) is TargetsTrigger
    with pytest.raises(TaskDeferred) as second:
        sensor.resume({}, waited(first.value.trigger))
    assert (second.value.trigger.targets, second.value.trigger.deadline) == ({feed.contract.feed: {"0": 2}}, first.value.trigger.deadline)
