"""Alerts on their topic when the producer meets an error that it does not survive."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from confluent_kafka import KafkaError

from include.errors import TopicError
from include.kafka import all_end_offsets
from include.settings import KafkaSettings
from jobs.stream.alert_rules import SCHEMA, Alert
from jobs.stream.alert_table import TOPIC, AlertTopic

pytestmark = pytest.mark.integration

FATAL = KafkaError(KafkaError._FATAL, "the broker has forgotten this producer", fatal=True)


def alert(name: str) -> Alert:
    """One that its contract accepts: other tests read the topic too."""
    of_record = {"system": "commerce", "feed": "metrics", "topic": "metrics", "partition": 0, "offset": 0}
    told = {"rule": "server_is_hot", "description": "a server's CPU is hot", "severity": "warning", "subject": "m1", "value": "99"}
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return dict.fromkeys(SCHEMA.names) | of_record | told | {"alert_id": name, "event_time": at, "raised_at": at}


def test_a_producer_that_can_no_longer_send_is_replaced(topics: dict[str, str]) -> None:
    kafka = KafkaSettings.from_environment(topics)
    before = all_end_offsets(kafka, [TOPIC])[TOPIC][0]
    topic = AlertTopic(kafka)
    topic.send([alert("first")])
    topic.require([alert("first")])

    topic.send([alert("on its way")])
    topic._note(FATAL)  # as librdkafka tells it: a broker that makes it do so at will is not to be had
    topic.send([alert("second")])
    topic.require([alert("second")])
    with pytest.raises(TopicError, match="an alert was not delivered: the broker has forgotten this producer"):
        topic.require([alert("on its way")])

    topic.send([alert("on its way")])
    topic.require([alert("on its way")])
    assert all_end_offsets(kafka, [TOPIC])[TOPIC][0] >= before + 3
