"""One record → Kafka, and where the broker has put it: for whoever must answer for it at once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from include.errors import TopicError
from include.settings import KafkaSettings
from jobs.produce.broker_watch import BrokerWatch, give_back
from jobs.produce.record import Record

_QUEUE = 1000  # records that wait at once: more are refused at once
_POLL_SECONDS = 0.1
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """Where a record is."""

    partition: int
    offset: int


class AcknowledgedSender:
    """Sends records and tells of each, within `wait_seconds` and one, whether all replicas have it. Any thread may send. Close it."""

    def __init__(self, kafka: KafkaSettings, wait_seconds: float) -> None:
        self._kafka, self._wait_seconds = kafka, wait_seconds
        self._watch = BrokerWatch(_log, kafka.bootstrap_servers)
        self._producer, self._taking_over = self._new_producer(), threading.Lock()
        self._over = threading.Event()
        self._answers = threading.Thread(target=self._take_answers, name="answers", daemon=True)
        self._answers.start()

    def send(self, record: Record) -> Future[Place]:
        """The record's place once the broker has acknowledged it; the future's TopicError says that it has not: then nobody knows
        whether the record is there, and who sends it again must be able to bear it twice."""
        told: Future[Place] = Future()
        told.set_running_or_notify_cancel()  # who waits for it may go, and the broker's word still has a place
        teller = self._teller(told, record.topic)
        try:
            with self._taking_over:
                self._producer.produce(record.topic, record.value, record.key, headers=list(record.headers), on_delivery=teller)
        except BufferError:
            what = f"{_QUEUE} records wait for the broker already"
            told.set_exception(TopicError(what, where=record.topic, value=self._kafka.bootstrap_servers, fix="send it again later"))
        except KafkaException as error:
            told.set_exception(_refused(record.topic, error.args[0]))
        return told

    def require_topic(self, topic: str, seconds: float = 2.0) -> int:
        """The number of its partitions. TopicError where no broker answers in time, or has no such topic."""
        try:
            found = self._producer.list_topics(topic, timeout=seconds).topics[topic]
        except KafkaException as error:
            raise TopicError("no broker answers", where=topic, value=self._kafka.bootstrap_servers, fix="see that Kafka is up") from error
        if found.error is not None:
            raise _refused(topic, found.error)
        return len(found.partitions)

    def close(self) -> None:
        """Waits until every record is told of, one way or the other."""
        self._producer.flush(self._wait_seconds + 1)
        self._over.set()
        self._answers.join()

    def _teller(self, told: Future[Place], topic: str) -> Callable[[KafkaError | None, Message], None]:
        def tell(error: KafkaError | None, message: Message) -> None:
            if error is None:
                self._watch.answered()
                told.set_result(Place(message.partition(), message.offset()))
            else:
                told.set_exception(_refused(topic, error))

        return tell

    def _new_producer(self) -> Producer:
        settings = self._kafka.client(
            enable_idempotence=True,
            acks="all",
            linger_ms=2,
            message_max_bytes=2 * 1024 * 1024,
            message_timeout_ms=round(self._wait_seconds * 1000),
            queue_buffering_max_messages=_QUEUE,
            # A broker that comes back is to be found within the wait.
            reconnect_backoff_max_ms=1000,
        )
        return Producer(settings | {"log_level": 0, "error_cb": self._watch.heard})

    def _take_answers(self) -> None:
        while not self._over.is_set():
            self._producer.poll(_POLL_SECONDS)
            if self._watch.fatal:
                _log.warning("a new producer takes over: %s", self._watch.fatal.str())
                with self._taking_over:
                    former, self._producer, self._watch.fatal = self._producer, self._new_producer(), None
                give_back(former)


def _refused(topic: str, error: KafkaError) -> TopicError:
    return TopicError(f"the broker has not acknowledged it: {error.str()}", where=topic, value=error.name(), fix="send it again later")
