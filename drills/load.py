"""A producer that writes down what the broker has acknowledged. A program of its own that knows nothing of Headwater:

    python drills/load.py --bootstrap 127.0.0.1:9092 --records FILE --list FILE --rate 220

Each line of the records' file is {"topic", "key", "value", "timestamp"}: key and value in base64 or null, milliseconds or null. They are
sent again and again until SIGTERM or, with --once, once. Each carries an id that no other has, in the header `drill-id`. Each
acknowledgement is a line of the list: topic, topic id, partition, offset, id, CRC-32 of the value. A record is sent once: one that the
broker has not acknowledged after ten minutes is given up, is on no list, and nobody may count on it.
"""

from __future__ import annotations

import argparse
import base64
import itertools
import json
import signal
import sys
import time
import uuid
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple, TextIO

from confluent_kafka import KafkaError, KafkaException, Message, Producer, TopicCollection
from confluent_kafka.admin import AdminClient

HEADER = "drill-id"
DELIVERY_MILLISECONDS = 600_000
FLUSH_SECONDS = 300
TOPIC_SECONDS = 30


class Template(NamedTuple):
    topic: str
    key: bytes | None
    value: bytes | None
    timestamp: int | None


def templates(file: Path) -> list[Template]:
    def plain(text: str | None) -> bytes | None:
        return None if text is None else base64.b64decode(text)

    lines = map(json.loads, file.read_text().splitlines())
    return [Template(line["topic"], plain(line["key"]), plain(line["value"]), line["timestamp"]) for line in lines]


class Load:
    """The sending, and the list of what was acknowledged."""

    def __init__(self, bootstrap: str, topics: set[str], listed: TextIO) -> None:
        self._bootstrap, self._listed = bootstrap, listed
        self._run, self._numbers = uuid.uuid4().hex[:12], itertools.count()
        self._fatal = False
        self._topic_ids = self._ids(topics)
        self._producer = self._new_producer()
        self.over = False
        self.refused = 0

    def run(self, records: Iterator[Template], rate: float) -> None:
        due = time.monotonic()
        for record in records:
            while (left := due - time.monotonic()) > 0 and not self.over:
                self._poll(min(left, 0.2))
            if self.over:
                return
            due += 1 / rate
            self._send(record)

    def close(self) -> int:
        """Waits for the last answers; how many never came."""
        left = self._producer.flush(FLUSH_SECONDS)
        self._listed.flush()
        return left

    def _send(self, record: Template) -> None:
        name = f"{self._run}-{next(self._numbers)}"
        tell = partial(self._told, name, zlib.crc32(record.value or b""))
        timestamp = {} if record.timestamp is None else {"timestamp": record.timestamp}
        while True:
            try:
                self._producer.produce(
                    record.topic, record.value, record.key, headers=[(HEADER, name.encode())], on_delivery=tell, **timestamp
                )
                break
            except BufferError:
                self._poll(0.1)
            except KafkaException as error:
                if not error.args[0].fatal():
                    raise
                self._replace_producer()
        self._poll(0)

    def _told(self, name: str, checksum: int, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self.refused += 1
            return
        place = (message.topic(), self._topic_ids[message.topic()], message.partition(), message.offset())
        self._listed.write("\t".join(map(str, (*place, name, checksum))) + "\n")

    def _poll(self, seconds: float) -> None:
        if self._producer.poll(seconds):
            self._listed.flush()
        if self._fatal:
            self._replace_producer()

    def _replace_producer(self) -> None:
        """An idempotent producer may not go on after a fatal error. What it had not sent is refused, not sent again."""
        former, self._fatal = self._producer, False
        former.purge()
        former.flush(5)
        self._producer = self._new_producer()

    def _new_producer(self) -> Producer:
        return Producer(
            {
                "bootstrap.servers": self._bootstrap,
                "enable.idempotence": True,
                "acks": "all",
                "linger.ms": 5,
                "delivery.timeout.ms": DELIVERY_MILLISECONDS,
                "reconnect.backoff.max.ms": 1000,
                "topic.metadata.refresh.interval.ms": 5000,  # added partitions are found soon
                "log_level": 0,
                "error_cb": self._heard,
            }
        )

    def _heard(self, error: KafkaError) -> None:
        self._fatal = self._fatal or error.fatal()

    def _ids(self, topics: set[str]) -> dict[str, str]:
        client, until = AdminClient({"bootstrap.servers": self._bootstrap, "log_level": 0}), time.monotonic() + TOPIC_SECONDS
        while True:
            found = client.describe_topics(TopicCollection(sorted(topics)), request_timeout=30)
            try:
                return {name: str(future.result().topic_id) for name, future in found.items()}
            except KafkaException as error:  # a topic that has just been made is not known everywhere
                if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART or time.monotonic() > until:
                    raise
                time.sleep(0.2)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--records", required=True, type=Path)
    parser.add_argument("--list", required=True, type=Path)
    parser.add_argument("--rate", required=True, type=float, help="records a second, of all topics together")
    parser.add_argument("--once", action="store_true")
    chosen = parser.parse_args()
    records = templates(chosen.records)
    with chosen.list.open("a") as listed:
        load = Load(chosen.bootstrap, {record.topic for record in records}, listed)

        def end(_number: int, _frame: object) -> None:
            load.over = True

        signal.signal(signal.SIGTERM, end)
        load.run(iter(records) if chosen.once else itertools.cycle(records), chosen.rate)
        unanswered = load.close()
    if load.refused or unanswered:
        print(f"not acknowledged: {load.refused} refused, {unanswered} without an answer", file=sys.stderr)
    return 1 if unanswered else 0


if __name__ == "__main__":
    sys.exit(main())
