"""The records of the scenarios: values as the demo's generators make them, topics as the contracts ask for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice

from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic

from include.contracts import Contract
from include.errors import TopicError
from include.kafka import TIMEOUT_SECONDS, admin, all_begin_offsets, all_end_offsets, topic_partitions
from include.settings import KafkaSettings
from include.topics import reconcile_topics
from jobs.produce.feeds import records
from jobs.produce.record import Record
from jobs.produce.send import send

SEED = 7
WARM_UP_TOPIC = "benchmark-warm-up"
WARM_UP_RECORDS = 50_000
DISTINCT = 20_000  # records of a feed, until they come again
DELETION_SECONDS = 60.0
TRANSACTION_SECONDS = 900  # the broker's limit


def recreate_topics(contracts: Sequence[Contract], kafka: KafkaSettings) -> None:
    """Empty topics, made anew from their contracts."""
    client = admin(kafka)
    names = [contract.topic.name for contract in contracts]
    there = list(topic_partitions(kafka, names, client))
    for future in (client.delete_topics(there, request_timeout=TIMEOUT_SECONDS) if there else {}).values():
        future.result()
    until = time.monotonic() + DELETION_SECONDS
    while topic_partitions(kafka, names, client):
        if time.monotonic() > until:
            raise TopicError("the topics are still there after their deletion", value=names, fix="see the broker's log")
        time.sleep(0.2)
    reconcile_topics(contracts, kafka).check()


def warm_up_topic(contract: Contract, kafka: KafkaSettings) -> None:
    """A topic that is in no scenario, with a few records of one feed; nothing happens when it is there already."""
    client = admin(kafka)
    if topic_partitions(kafka, [WARM_UP_TOPIC], client):
        return
    for future in client.create_topics([NewTopic(WARM_UP_TOPIC, 2, 1)], request_timeout=TIMEOUT_SECONDS).values():
        future.result()
    flood([(WARM_UP_TOPIC, _day(contract, DISTINCT))], WARM_UP_RECORDS, kafka)


class Backlog:
    """`total` records in equal shares over the topics, with the event times of one past day.

    The first WARM_UP_RECORDS are there from the start. The others are sent in one transaction: the broker has them, and who reads
    what is committed sees none before `show`. So a contestant that reads by itself can be warm before its clock starts, too.
    """

    markers = 1  # of the transaction, in each partition: an offset without a record

    def __init__(self, contracts: Sequence[Contract], total: int, kafka: KafkaSettings) -> None:
        self.visible = min(WARM_UP_RECORDS, total // 2)
        self._sources = [(contract.topic.name, _day(contract, min(DISTINCT, total))) for contract in contracts]
        self._hidden, self._kafka = total - self.visible, kafka
        self._producer: Producer | None = None
        self._shown = False
        flood(self._sources, self.visible, kafka)

    def send(self) -> None:
        """Sends what is hidden, once."""
        if self._producer is None:
            settings = {"transactional_id": "benchmark-backlog", "transaction_timeout_ms": TRANSACTION_SECONDS * 1000}
            self._producer = _producer(self._kafka, **settings)
            self._producer.init_transactions(TIMEOUT_SECONDS)
            self._producer.begin_transaction()
            flood(self._sources, self._hidden, self._kafka, self._producer)

    def show(self) -> None:
        """Makes it visible, once."""
        if self._producer is not None and not self._shown:
            self._producer.commit_transaction(TIMEOUT_SECONDS)
            self._shown = True


def _day(contract: Contract, count: int) -> list[Record]:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return list(records(contract, seed=SEED, count=count, start=today - timedelta(days=1), end=today))


class Flow:
    """`rate` records a second of each feed, of the moment in which they are sent, while the block runs."""

    def __init__(self, contracts: Sequence[Contract], rate: float, kafka: KafkaSettings) -> None:
        self._streams = [records(contract, seed=SEED, count=None) for contract in contracts]
        self._rate, self._kafka = rate, kafka
        self._end = threading.Event()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="flow")

    def __enter__(self) -> Flow:
        self._sent = self._pool.submit(send, self._records(), self._rate * len(self._streams), self._kafka)
        return self

    def __exit__(self, *_: object) -> None:
        """Raises what kept a record from being acknowledged."""
        self._end.set()
        self._pool.shutdown()
        self._sent.result()

    def _records(self) -> Iterator[Record]:
        for stream in cycle(self._streams):
            if self._end.is_set():
                return
            yield next(stream)


def _producer(kafka: KafkaSettings, **more: object) -> Producer:
    settings = kafka.client(enable_idempotence=True, acks="all", linger_ms=20, queue_buffering_max_messages=200_000, **more)
    return Producer({**settings, "log_level": 3})


def flood(
    sources: Sequence[tuple[str, Sequence[Record]]], total: int, kafka: KafkaSettings, producer: Producer | None = None
) -> None:
    """Sends `total` records, the sources taking turns and each beginning anew at its end, with the time of sending as
    their timestamp. Raises TopicError unless the broker has each of them."""
    producer = producer or _producer(kafka)
    topics = [topic for topic, _ in sources]
    before = held(topics, kafka)
    for topic, record in islice(_turns(sources), total):
        while True:
            try:
                producer.produce(topic, record.value, record.key, headers=list(record.headers))
                break
            except BufferError:
                producer.poll(0.05)
    left, sent = producer.flush(TIMEOUT_SECONDS * 4), held(topics, kafka) - before
    if left or sent != total:
        raise TopicError("the broker has not taken every record", value=f"{sent} of {total}", fix="see the broker's log")


def _turns(sources: Sequence[tuple[str, Sequence[Record]]]) -> Iterable[tuple[str, Record]]:
    names = [name for name, _ in sources]
    for round_ in zip(*(cycle(listed) for _, listed in sources), strict=True):
        yield from zip(names, round_, strict=True)


def held(topics: Sequence[str], kafka: KafkaSettings) -> int:
    """How many offsets the topics hold."""
    begins, ends = all_begin_offsets(kafka, topics), all_end_offsets(kafka, topics)
    return sum(end - begins[topic][number] for topic, places in ends.items() for number, end in places.items())
