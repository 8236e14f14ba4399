"""What Kafka says of topics: which are there, how they are cleaned, and where a moment lies in them. TopicError when it does not answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from confluent_kafka import KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, OffsetSpec, ResourceType

from include.errors import TopicError
from include.settings import KafkaSettings

TIMEOUT_SECONDS = 15.0


@dataclass(frozen=True)
class Topic:
    """A topic as it was when the audit began: its id, and partition → the offset that the next record was to get."""

    name: str
    topic_id: str
    ends: Mapping[int, int]
    compacted: bool = False


def quiet(_error: KafkaError) -> None:
    """The call that needed the broker raises, and that is enough."""


@dataclass
class Broker:
    """A Kafka that can be asked. A topic is asked for once an audit."""

    kafka: KafkaSettings
    _admin: AdminClient = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._admin = AdminClient({**self.kafka.client(), "error_cb": quiet, "log_level": 0})

    def topic(self, name: str) -> Topic | None:
        """None where there is no such topic."""
        try:
            found = self._admin.describe_topics(TopicCollection([name]), request_timeout=TIMEOUT_SECONDS)[name].result()
        except KafkaException as error:
            if error.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                return None
            raise self.failed("could not be described", name, error) from error
        partitions = [each.id for each in found.partitions]
        return Topic(name, str(found.topic_id), self._offsets(name, partitions, OffsetSpec.latest()), self._compacted(name))

    def offsets_at(self, topic: Topic, moment: datetime) -> dict[int, int]:
        """Partition → the first offset with a timestamp at or after the moment; the topic's end where there is none. A moment before
        1970 is asked for as 1970: Kafka's own timestamps begin there, and its client takes no number below 0."""
        found = self._offsets(topic.name, list(topic.ends), OffsetSpec.for_timestamp(max(0, int(moment.timestamp() * 1000))))
        return {number: topic.ends[number] if offset < 0 else offset for number, offset in found.items()}

    def failed(self, what: str, topic: str, error: object) -> TopicError:
        where = f"Kafka at {self.kafka.bootstrap_servers}, topic {topic}"
        return TopicError(f"the topic {what}: {error}", where=where, fix="see that the broker is up, and audit again")

    def _compacted(self, name: str) -> bool:
        resource = ConfigResource(ResourceType.TOPIC, name)
        try:
            settings = self._admin.describe_configs([resource], request_timeout=TIMEOUT_SECONDS)[resource].result()
        except KafkaException as error:
            raise self.failed("did not tell its settings", name, error) from error
        return "compact" in settings["cleanup.policy"].value

    def _offsets(self, name: str, partitions: list[int], spec: OffsetSpec) -> dict[int, int]:
        asked = {TopicPartition(name, number): spec for number in partitions}
        try:
            listed = self._admin.list_offsets(asked, request_timeout=TIMEOUT_SECONDS).items() if asked else ()
            return {place.partition: future.result().offset for place, future in listed}
        except KafkaException as error:
            raise self.failed("did not tell its offsets", name, error) from error
