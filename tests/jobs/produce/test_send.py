"""Sending says which topic could not be sent to."""

from __future__ import annotations

import socket

import pytest

from include.errors import ContractError, TopicError
from include.settings import KafkaSettings
from jobs.produce import send as sending
from jobs.produce.record import Record
from jobs.produce.run import produce


@pytest.fixture
def no_kafka(monkeypatch: pytest.MonkeyPatch) -> KafkaSettings:
    """An address at which nobody listens; the wait for an answer is cut short."""
    monkeypatch.setattr(sending, "_ANSWER_SECONDS", 0.5)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return KafkaSettings(f"127.0.0.1:{free.getsockname()[1]}")


def test_a_broker_that_is_away_is_an_error_that_names_the_topic(no_kafka: KafkaSettings) -> None:
    with pytest.raises(TopicError, match=r"no broker answers for the topic clicks.*127\.0\.0\.1"):
        sending.send([Record("clicks", None, b"{}")], None, no_kafka)


def test_nothing_to_send_needs_no_broker(no_kafka: KafkaSettings) -> None:
    assert sending.send([], None, no_kafka) == {}


def test_an_unknown_feed_is_refused_before_anything_is_sent(no_kafka: KafkaSettings) -> None:
    with pytest.raises(ContractError, match="known: clicks"):
        produce(["clicks", "klicks"], rate=None, count=1, seed=1, start=None, end=None, kafka=no_kafka)
