"""A look at a few records of Kafka, for what only they know: when they were written, and how large they are."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from include.kafka import TIMEOUT_SECONDS, failed, quiet
from include.settings import KafkaSettings

MOST_RECORDS = 50  # of a partition
_AROUND_BYTES = 30  # what Kafka keeps of a record beside its key, value and headers; more or less
Place = tuple[str, int]  # topic and partition


@dataclass(frozen=True)
class Peek:
    """The first records from an offset on: when Kafka says that the first was written, and how large they are in the mean."""

    written_at: datetime | None  # None: it has no time
    mean_bytes: float


def peek(kafka: KafkaSettings, offsets: Mapping[Place, int]) -> dict[Place, Peek]:
    """Place → what is there from that offset on; none where no record follows, as behind a transaction's last marker.

    Raises TopicError where Kafka does not answer.
    """
    small = {"max_partition_fetch_bytes": 1 << 16, "fetch_wait_max_ms": 100}
    # A transaction that is open for long would hide all that follows from whoever waits for its end.
    all_of_it = {"isolation_level": "read_uncommitted", "enable_partition_eof": True}
    # What retention has just taken is gone on from at the first record that is left, as the stream does.
    start = {"enable_auto_commit": False, "auto_offset_reset": "earliest"}
    settings = kafka.client(group_id="headwater-watch", **start, **small, **all_of_it)
    consumer = Consumer({**settings, "error_cb": quiet, "log_level": 0})
    try:
        consumer.assign([TopicPartition(topic, number, offset) for (topic, number), offset in offsets.items()])
        found = _read(consumer, set(offsets))
    except KafkaException as error:
        raise failed("the records could not be looked at", kafka, error) from error
    finally:
        consumer.close()
    return {place: _peek(records) for place, records in found.items()}


def _read(consumer: Consumer, places: set[Place]) -> dict[Place, list[Message]]:
    found: dict[Place, list[Message]] = defaultdict(list)
    until = time.monotonic() + TIMEOUT_SECONDS
    while places:
        if time.monotonic() > until:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT, f"no answer for {len(places)} partitions"))
        for record in consumer.consume(500, timeout=0.2):
            place = (record.topic(), record.partition())
            error = record.error()
            if error is None and place in places:
                found[place].append(record)
            elif error is not None and error.code() != KafkaError._PARTITION_EOF:
                raise KafkaException(error)
            if place in places and (error is not None or len(found[place]) == MOST_RECORDS):
                places.discard(place)
                consumer.pause([TopicPartition(*place)])
    return found


def _peek(records: list[Message]) -> Peek:
    at = records[0].timestamp()[1]
    written_at = datetime.fromtimestamp(at / 1000, UTC) if 0 <= at < 253_402_300_800_000 else None
    return Peek(written_at, sum(map(_size, records)) / len(records))


def _size(record: Message) -> int:
    headers = sum(len(name) + len(value or b"") for name, value in record.headers() or [])
    return len(record.key() or b"") + len(record.value() or b"") + headers + _AROUND_BYTES
