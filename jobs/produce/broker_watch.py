"""What a producer hears of its brokers, said once when it changes: librdkafka itself repeats it many times a second."""

from __future__ import annotations

import logging

from confluent_kafka import KafkaError


class BrokerWatch:
    """Give `heard` to the producer as error_cb, and call `answered` for each acknowledgement."""

    def __init__(self, log: logging.Logger, servers: str) -> None:
        self._log, self._servers = log, servers
        self._away = False
        self.fatal: KafkaError | None = None  # an idempotent producer that heard such a thing sends no more: make another

    def heard(self, error: KafkaError) -> None:
        if error.fatal():
            self.fatal = error
        if error.code() == KafkaError._ALL_BROKERS_DOWN and not self._away:
            self._away = True
            self._log.warning("no broker answers at %s; going on trying", self._servers)

    def answered(self) -> None:
        if self._away:
            self._away = False
            self._log.info("a broker answers again at %s", self._servers)
