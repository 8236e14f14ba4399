"""What Kafka is asked, by its client's own stand-in: no broker is needed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from confluent_kafka import Producer

from include.settings import KafkaSettings
from jobs.audit.broker import Broker, Topic
from jobs.audit.contents import end_of
from jobs.audit.finality import read_beyond
from tests.jobs.audit.tables import AFTERWARDS

TOPIC = Topic("clicks", "an-id", {0: 1})


@pytest.fixture
def broker() -> Iterator[Broker]:
    """One that has the topic, with one record."""
    producer = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "none", "log_level": 0})
    producer.produce(TOPIC.name, b"{}", partition=0)
    assert producer.flush(10) == 0
    (stand_in,) = producer.list_topics(timeout=10).brokers.values()
    yield Broker(KafkaSettings.from_environment({"KAFKA_BOOTSTRAP_SERVERS": f"{stand_in.host}:{stand_in.port}"}))
    del producer  # the stand-in lives as long as its producer


@pytest.mark.parametrize("day", [date.min, date(1969, 12, 30), date(1969, 12, 31), date(2026, 11, 19)], ids=str)
def test_a_day_of_any_age_can_be_asked_for(broker: Broker, day: date):
    assert broker.offsets_at(TOPIC, end_of(day)).keys() == {0}


def test_a_record_of_before_1970_keeps_no_day_from_being_final(broker: Broker):
    days = [date.min, date(1969, 12, 30), date(2026, 11, 20)]
    is_read = read_beyond(broker, TOPIC, {("an-id", 0): 1}, days, AFTERWARDS)
    assert [is_read(day) for day in days] == [True, True, True]
