"""Records → Kafka: idempotent, acknowledged by all replicas, and counted only when acknowledged."""

from __future__ import annotations

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from include.errors import TopicError
from include.settings import KafkaSettings
from jobs.produce.record import Record

RECORDS = "records"
_ANSWER_SECONDS = 10  # the first word of a broker
_DELIVERY_SECONDS = 120  # one record, broker restarts included
_log = logging.getLogger(__name__)


@dataclass
class _Deliveries:
    """What the broker has said so far."""

    acknowledged: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    failure: TopicError | None = None

    @property
    def records(self) -> int:
        return sum(each[RECORDS] for each in self.acknowledged.values())

    def report(self, faults: tuple[str, ...], error: KafkaError | None, message: Message) -> None:
        if error is None:
            self.acknowledged[message.topic()].update((RECORDS, *faults))
        elif self.failure is None:
            self.failure = _failure(message.topic(), error, message.timestamp()[1])

    def check(self) -> None:
        if self.failure:
            raise self.failure


def send(
    records: Iterable[Record], rate: float | None, kafka: KafkaSettings, tell: Callable[[int], None] = lambda acknowledged: None
) -> dict[str, Counter[str]]:
    """Topic → how many records were acknowledged (RECORDS), and how many of them have each fault, once every record is.

    `rate` is records a second; None: as fast as it goes.
    `tell` hears how many are, about every second while records are handed over.

    Sending the records again sends them twice: what makes two of them one is their identity. An interrupt (Ctrl-C) ends
    the sending, not the waiting. Raises TopicError that names the topic where no broker answers, the topic does not
    exist, or a record is refused.
    """
    producer = _producer(kafka)
    deliveries = _Deliveries()
    known: set[str] = set()
    began = told = time.monotonic()
    try:
        for number, record in enumerate(records):
            if record.topic not in known:
                _require_topic(producer, kafka, record.topic)
                known.add(record.topic)
            _wait(producer, began + number / rate if rate else began)
            _hand_over(producer, record, deliveries)
            deliveries.check()
            if time.monotonic() - told >= 1:
                told = time.monotonic()
                tell(deliveries.records)
    except KeyboardInterrupt:
        _log.info("interrupted; waiting for what was sent")
    except TopicError:
        producer.purge()
        raise
    producer.flush()
    deliveries.check()
    return dict(deliveries.acknowledged)


def _producer(kafka: KafkaSettings) -> Producer:
    settings = kafka.client(
        enable_idempotence=True,
        acks="all",
        linger_ms=5,
        message_max_bytes=2 * 1024 * 1024,  # what the contracts' topics take
        message_timeout_ms=_DELIVERY_SECONDS * 1000,
    )
    # Errors alone: a fresh broker's "coordinator load in progress: retrying" is no news to whoever sends.
    return Producer(settings | {"log_level": 3}, logger=_log)


def _require_topic(producer: Producer, kafka: KafkaSettings, topic: str) -> None:
    try:
        topics = producer.list_topics(timeout=_ANSWER_SECONDS).topics
    except KafkaException as error:
        fix = "start the stack with `make up`, or correct KAFKA_BOOTSTRAP_SERVERS"
        raise TopicError(f"no broker answers for the topic {topic}", where=topic, value=kafka.bootstrap_servers, fix=fix) from error
    if topic not in topics:
        raise TopicError(
            "the topic does not exist", where=topic, value=kafka.bootstrap_servers, fix="run the DAG `topics`, which creates it"
        )


def _wait(producer: Producer, due: float) -> None:
    """Until it is time for the next record; acknowledgements are taken in meanwhile."""
    producer.poll(0)
    while (left := due - time.monotonic()) > 0:
        producer.poll(left)


def _hand_over(producer: Producer, record: Record, deliveries: _Deliveries) -> None:
    """To the producer's queue, waiting where it is full."""
    timestamp = {"timestamp": round(record.timestamp.timestamp() * 1000)} if record.timestamp else {}
    while True:
        try:
            producer.produce(
                record.topic,
                record.value,
                record.key,
                headers=list(record.headers),
                on_delivery=partial(deliveries.report, record.faults),
                **timestamp,
            )
            return
        except BufferError:
            producer.poll(0.1)
            deliveries.check()
        except KafkaException as error:
            raise _failure(record.topic, error.args[0]) from error


def _failure(topic: str, error: KafkaError, at: int | None = None) -> TopicError:
    """`at`: the record's Kafka timestamp, milliseconds since 1970."""
    what, value, fix = f"a record was not delivered: {error.str()}", error.name(), "look at the broker's log; then send again"
    if error.code() == KafkaError.INVALID_TIMESTAMP:
        value, fix = f"{value}: {at} ms since 1970", "send it with a Kafka timestamp of the years 1 to 9999, or with none"
    return TopicError(what, where=topic, value=value, fix=fix)
