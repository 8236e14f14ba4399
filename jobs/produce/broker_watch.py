"""What a producer hears of its brokers, said once when it changes: librdkafka itself repeats it many times a second."""

from __future__ import annotations

import logging

from confluent_kafka import KafkaError, Producer


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


def give_back(former: Producer) -> None:
    """Has a producer that sends no more tell of every record that it still held, each as refused, however long that takes."""
    former.purge()
    while len(former):
        former.flush(1)
