"""Topics brought to their contracts, on a real broker."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from confluent_kafka import KafkaError, Producer

from include.contracts import Contract, load_contracts
from include.errors import TopicError
from include.kafka import admin, topic_partitions
from include.settings import KafkaSettings
from include.topics import TopicReport, reconcile_topics

pytestmark = pytest.mark.integration

Make = Callable[..., Contract]


@pytest.fixture
def contract(kafka: KafkaSettings) -> Iterator[Make]:
    """Makes contracts of topics that no other test has; the topics are gone afterwards."""
    mine = f"test-{uuid.uuid4().hex[:12]}"
    pattern = load_contracts().feeds["metrics"]
    made: set[str] = set()

    def make(name: str = "a", **settings: object) -> Contract:
        made.add(f"{mine}-{name}")
        wanted = {"partitions": 2, "replication_factor": 1, "config": {"retention.ms": "600000"}} | settings
        return replace(pattern, topic=replace(pattern.topic, name=f"{mine}-{name}", **wanted))

    yield make
    client = admin(kafka)
    there = [name for name in made if name in client.list_topics(timeout=10).topics]
    for future in client.delete_topics(there).values() if there else ():
        future.result()


def partitions(kafka: KafkaSettings, contract: Contract) -> list[int]:
    return topic_partitions(kafka, [contract.topic.name])[contract.topic.name]


def changes(report: TopicReport) -> list[str]:
    return [finding.what for finding in report.changes]


def test_missing_topics_are_made_and_a_second_run_changes_nothing_and_says_so(kafka: KafkaSettings, contract: Make) -> None:
    wanted = [contract("a"), contract("b", partitions=3)]
    first, second = reconcile_topics(wanted, kafka), reconcile_topics(wanted, kafka)
    assert partitions(kafka, wanted[1]) == [0, 1, 2]
    assert (len(first.changes), second.changes, second.drift, second.failures) == (2, (), (), ())
    assert "Nothing to do." in str(second)


@pytest.mark.parametrize(
    ("timestamp", "taken"),
    [
        (-(2**63), False),
        (-9_000_000_000_000_000_000, False),
        (-62_167_219_200_000, False),
        (-1_000_000, True),
        (253_402_300_800_000, False),  # the year 10000
        (1_790_000_000_000_000, False),  # microseconds of 2026
    ],
)
def test_record_of_before_the_year_1_or_far_ahead_is_refused_before_anybody_must_read_it(
    kafka: KafkaSettings, contract: Make, timestamp: int, taken: bool
) -> None:
    wanted = contract(config=load_contracts()["metrics"].topic.config)
    reconcile_topics([wanted], kafka).check()
    refused: list[KafkaError | None] = []
    producer = Producer(kafka.client(acks="all"))
    producer.produce(wanted.topic.name, b"{}", timestamp=timestamp, on_delivery=lambda error, _: refused.append(error))
    assert producer.flush(60) == 0
    assert [error.name() if error else None for error in refused] == [None if taken else "INVALID_TIMESTAMP"]


def test_dry_run_makes_nothing(kafka: KafkaSettings, contract: Make) -> None:
    wanted = contract()
    report = reconcile_topics([wanted], kafka, apply=False)
    assert len(report.changes) == 1
    assert topic_partitions(kafka, [wanted.topic.name]) == {}


def test_partitions_are_added_and_settings_changed(kafka: KafkaSettings, contract: Make) -> None:
    reconcile_topics([contract()], kafka)
    wanted = contract(partitions=4, config={"retention.ms": "700000", "max.message.bytes": "2000000"})
    report = reconcile_topics([wanted], kafka)
    assert changes(report) == [
        "partitions 2 → 4 (the partition of a key may change)",
        "max.message.bytes unset → 2000000",
        "retention.ms 600000 → 700000",
    ]
    assert reconcile_topics([wanted], kafka).unchanged == (wanted.topic.name,)


def test_what_is_not_ours_to_change_is_reported_and_stays(kafka: KafkaSettings, contract: Make) -> None:
    reconcile_topics([contract(config={"cleanup.policy": "compact"})], kafka)
    wanted = contract(partitions=1, replication_factor=2, config={})
    report = reconcile_topics([wanted], kafka)
    assert [finding.what for finding in report.drift] == [
        "2 partitions, the contract says 1: a topic is never shrunk",
        "replication factor 1, the contract says 2: reassign it",
        "cleanup.policy is compact, the contract does not name it",
    ]
    assert report.changes == ()
    assert partitions(kafka, wanted) == [0, 1]


def test_one_topic_that_cannot_be_made_does_not_hold_up_the_others(kafka: KafkaSettings, contract: Make) -> None:
    good, bad = contract("good"), contract("bad", config={"no.such.setting": "1"})
    report = reconcile_topics([bad, good], kafka)
    assert partitions(kafka, good) == [0, 1]
    with pytest.raises(TopicError, match=f"{bad.topic.name}: could not be created: Unknown topic config name"):
        report.check()


def test_broker_that_is_away_is_an_error_that_may_be_tried_again(contract: Make) -> None:
    with pytest.raises(TopicError, match=r"Kafka gives no answer.*127\.0\.0\.1:1"):
        reconcile_topics([contract()], KafkaSettings("127.0.0.1:1"))
