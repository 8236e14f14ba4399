"""Records → Kafka, each kept until the broker has acknowledged it, however long that takes."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Mapping
from functools import partial

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from include.settings import KafkaSettings
from jobs.produce.broker_watch import BrokerWatch, give_back
from jobs.produce.record import Record

_AGAIN_SECONDS = 5.0  # until a record that the broker refused is offered again
_log = logging.getLogger(__name__)


class Outbox:
    """A producer that gives up no record. What it holds is lost with its process: close it. One thread."""

    def __init__(self, kafka: KafkaSettings, options: Mapping[str, str | int | bool]) -> None:
        self._settings = kafka.client(message_timeout_ms=0, reconnect_backoff_max_ms=2000) | dict(options)
        self._watch = BrokerWatch(_log, kafka.bootstrap_servers)
        self._refused: deque[Record] = deque()
        self._offer_at = 0.0
        self._producer = self._new_producer()

    def put(self, record: Record) -> None:
        """Takes the record."""
        try:
            self._producer.produce(
                record.topic, record.value, record.key, headers=list(record.headers), on_delivery=partial(self._delivered, record)
            )
        except (BufferError, KafkaException) as error:
            self._hold(record, error)

    def tend(self, seconds: float) -> None:
        """Takes answers for so long, and offers again what was refused."""
        self._producer.poll(seconds)
        if self._watch.fatal:
            _log.warning("a new producer takes over: %s", self._watch.fatal.str())
            former, self._producer, self._watch.fatal = self._producer, self._new_producer(), None
            give_back(former)
        if self._refused and time.monotonic() >= self._offer_at:
            again, self._refused = self._refused, deque()
            for record in again:
                self.put(record)

    def __len__(self) -> int:
        """How many records nobody has acknowledged yet."""
        return len(self._producer) + len(self._refused)

    def close(self, seconds: float) -> int:
        """Waits so long for the last acknowledgements; how many records are lost with this process."""
        end = time.monotonic() + seconds
        while len(self) and time.monotonic() < end:
            self._offer_at = 0.0
            self.tend(0)
            self._producer.flush(0.5)  # sends what waits for company
        return len(self)

    def _delivered(self, record: Record, error: KafkaError | None, _: Message) -> None:
        if error is None:
            self._watch.answered()
        else:
            self._hold(record, error.str())

    def _hold(self, record: Record, why: object) -> None:
        if not self._refused:
            _log.warning("Kafka has refused a record for %s and will be offered it again: %s", record.topic, why)
        self._refused.append(record)
        self._offer_at = time.monotonic() + _AGAIN_SECONDS

    def _new_producer(self) -> Producer:
        return Producer({**self._settings, "log_level": 0, "error_cb": self._watch.heard})
