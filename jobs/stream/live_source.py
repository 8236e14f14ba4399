"""Kafka → live tables and alerts, apart from bronze: a consumer of the driver's own.

A micro-batch of Spark costs as much for one record as for hundreds, and on two busy cores takes most of a second; what waits for it waited
for the one before, too. The consumer has a record within milliseconds (docs/decisions/what-a-small-micro-batch-costs.md).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from functools import cached_property

import pyarrow as pa
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka.admin import AdminClient

from include import kafka as broker
from include.settings import KafkaSettings
from jobs.stream.live_feed import RECORDS
from jobs.stream.slices import Slice

MOST_RECORDS = 20_000  # of one read
GROUP = "headwater-live"  # a name that Kafka's clients ask for: nothing is committed to it
NO_MATTER = {KafkaError.GROUP_AUTHORIZATION_FAILED, KafkaError.COORDINATOR_NOT_AVAILABLE}  # of a group that is not used
ANSWER_SECONDS = 4.0  # all live tables wait for it
FETCH = {
    # A place that Kafka does not have is told: to go on at another one would leave records out.
    "auto_offset_reset": "error",
    "enable_auto_commit": False,
    "isolation_level": "read_committed",
    # One answer for what comes within this time: one for each record costs the broker more than all else that is read of it.
    "fetch_min_bytes": 1_000_000,
    "fetch_wait_max_ms": 200,
    "queued_max_messages_kbytes": 4096,
}
_FIRST, _LAST = -62135596800000, 253402300799999  # the years 1 to 9999 in milliseconds since 1970


class KafkaSource:
    """The records of the topics that it follows, as they come. One thread's."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self._ids: dict[str, str] = {}
        self._partitions: dict[str, list[int]] = {}

    @cached_property
    def _consumer(self) -> Consumer:
        return Consumer({**self._kafka.client(group_id=GROUP, **FETCH), "error_cb": broker.quiet, "log_level": 0})

    @cached_property
    def _admin(self) -> AdminClient:
        return broker.admin(self._kafka)

    def follow(self, topic: str, topic_id: str, start: Mapping[int, int]) -> None:
        """Reads the topic's partitions from these offsets on. Raises TopicError."""
        try:
            self._consumer.incremental_assign([TopicPartition(topic, number, offset) for number, offset in start.items()])
        except KafkaException as error:
            raise broker.failed("the topic could not be read", self._kafka, error, topic) from error
        self._ids[topic], self._partitions[topic] = topic_id, list(start)

    def leave(self, topic: str) -> None:
        """Reads it no more. Raises TopicError."""
        self._ids.pop(topic, None)
        if numbers := self._partitions.pop(topic, None):
            try:
                self._consumer.incremental_unassign([TopicPartition(topic, number) for number in numbers])
            except KafkaException as error:
                raise broker.failed("the topic could not be left", self._kafka, error, topic) from error

    def read(self, seconds: float) -> tuple[dict[str, list[Slice]], dict[str, str]]:
        """What came, by topic, and which topics could not be read, with the reason; waits so long for the first record.

        Of a topic that was refused there is nothing, and it must be followed anew. Raises TopicError where none can be read, or the broker
        does not say which topics these are: then all must be.
        """
        try:
            first = self._consumer.poll(seconds)
            messages = [] if first is None else [first, *self._consumer.consume(MOST_RECORDS, 0)]
        except KafkaException as error:
            raise broker.failed("the topics could not be read", self._kafka, error) from error
        errors = [(each.topic(), error) for each in messages if (error := each.error()) is not None]
        if (of_all := next((error for topic, error in errors if topic is None and error.code() not in NO_MATTER), None)) is not None:
            raise broker.failed("the topics could not be read", self._kafka, KafkaException(of_all))
        refused = {str(topic): error.str() for topic, error in errors if topic in self._ids}
        sound = [each for each in messages if each.error() is None and each.topic() in self._ids]
        topics = {str(each.topic()) for each in sound}
        # Asked after reading, it says whose records these are: a topic made anew can be read on at the former one's offsets.
        ids = broker.topic_ids(self._kafka, topics, self._admin, ANSWER_SECONDS) if topics else {}
        refused |= {topic: "another topic has this name by now" for topic, found in ids.items() if found != self._ids[topic]}
        return slices(each for each in sound if each.topic() not in refused), refused

    def close(self) -> None:
        if "_consumer" in self.__dict__:
            self._consumer.close()


def slices(messages: Iterable[Message]) -> dict[str, list[Slice]]:
    """Topic → its slices, one a partition, with the columns of RECORDS: the value, where it is, and Kafka's time, or, where that is in no
    year from 1 to 9999, the time of reading."""
    places: dict[tuple[str, int], list[Message]] = {}
    for message in messages:
        places.setdefault((str(message.topic()), int(message.partition() or 0)), []).append(message)
    found: dict[str, list[Slice]] = {}
    for (topic, number), of_partition in places.items():
        offsets = [int(message.offset() or 0) for message in of_partition]
        columns = {
            "value": [message.value() for message in of_partition],
            "partition": [number] * len(offsets),
            "offset": offsets,
            "event_time": pa.array([_micros(message) for message in of_partition], pa.int64()).cast(RECORDS.field("event_time").type),
        }
        found.setdefault(topic, []).append(Slice(number, offsets[0], offsets[-1] + 1, pa.table(columns, RECORDS)))
    return found


def _micros(message: Message) -> int:
    _, millis = message.timestamp()
    return 1000 * millis if _FIRST <= millis <= _LAST else time.time_ns() // 1000
