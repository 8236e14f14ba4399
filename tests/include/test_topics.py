from __future__ import annotations

import pytest

from include.contracts.model import TopicSettings
from include.errors import TopicError
from include.topics import ActualTopic, Finding, TopicReport, plan

WANTED = TopicSettings("clicks", partitions=2, replication_factor=1, config={"retention.ms": "1000"})


def actual(partitions: int = 2, replication_factor: int = 1, **config: str) -> ActualTopic:
    return ActualTopic(partitions, replication_factor, {name.replace("_", "."): value for name, value in config.items()})


def test_missing_topic_is_created() -> None:
    assert plan(WANTED, None).create


def test_topic_that_is_as_its_contract_says_needs_nothing() -> None:
    made = plan(WANTED, actual(retention_ms="1000"))
    assert (made.create, made.partitions, made.config, made.changes, made.drift) == (False, None, {}, (), ())


def test_missing_partitions_are_added() -> None:
    assert plan(WANTED, actual(partitions=1, retention_ms="1000")).partitions == 2


def test_topic_with_more_partitions_is_never_shrunk_but_told_of() -> None:
    made = plan(WANTED, actual(partitions=3, retention_ms="1000"))
    assert (made.partitions, made.drift) == (None, ("3 partitions, the contract says 2: a topic is never shrunk",))


@pytest.mark.parametrize("config", [{"retention_ms": "5"}, {}])
def test_setting_that_differs_or_is_left_to_the_broker_is_set(config: dict[str, str]) -> None:
    assert plan(WANTED, actual(**config)).config == {"retention.ms": "1000"}


def test_setting_that_the_contract_does_not_name_stays_and_is_told_of() -> None:
    made = plan(WANTED, actual(retention_ms="1000", cleanup_policy="compact"))
    assert (made.config, made.drift) == ({}, ("cleanup.policy is compact, the contract does not name it",))


def test_other_replication_factor_stays_and_is_told_of() -> None:
    (drift,) = plan(WANTED, actual(replication_factor=3, retention_ms="1000")).drift
    assert drift.startswith("replication factor 3, the contract says 1")


def test_report_without_changes_says_so() -> None:
    assert str(TopicReport((), (), (), unchanged=("clicks",))).endswith("1 as they should be\nNothing to do.")


def test_report_with_failures_raises_with_each_topic_and_reason() -> None:
    report = TopicReport((Finding("views", "created"),), (), (Finding("clicks", "could not be created: no"),), ())
    with pytest.raises(TopicError, match="clicks: could not be created: no"):
        report.check()
