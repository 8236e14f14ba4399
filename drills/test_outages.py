"""Kafka and the store die under load and come back: every record that was acknowledged is in bronze once."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer

from include.contracts import load_contracts
from include.settings import KafkaSettings
from include.topics import reconcile_topics
from local import processes
from local.parts.part import pid_file
from local.stack import Stack
from tests.integration.conftest import stack_at, start, stop
from tests.integration.streams import Streams, eventually, streams_of

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

TOPICS = ("metrics", "clicks", "views")


@pytest.fixture
def own_stack(tmp_path: Path) -> Iterator[Stack]:
    """A Kafka and a store of this test's own, since it kills them."""
    stack = stack_at(tmp_path / "home")
    try:
        start(stack, "kafka", "minio")
        contracts = load_contracts().feeds.values()
        reconcile_topics(contracts, KafkaSettings.from_environment(stack.client_environment())).check()
        yield stack
    finally:
        stop(stack)


class Sender(threading.Thread):
    """Sends until told to end, through outages; counts what the broker acknowledged."""

    def __init__(self, kafka: KafkaSettings) -> None:
        super().__init__(daemon=True)
        self._producer = Producer({**kafka.client(enable_idempotence=True, acks="all", delivery_timeout_ms=240_000), "log_level": 0})
        self._over = threading.Event()
        self.acknowledged: set[tuple[str, int, int]] = set()

    def run(self) -> None:
        while not self._over.is_set():
            for topic in TOPICS:
                self._producer.produce(topic, b"{}", on_delivery=self._delivered)
            self._producer.poll(0.05)
        assert self._producer.flush(240) == 0

    def _delivered(self, error, message) -> None:  # type: ignore[no-untyped-def]
        if error is None:
            self.acknowledged.add((message.topic(), message.partition(), message.offset()))

    def end(self) -> None:
        self._over.set()
        self.join()


@pytest.mark.parametrize("writer", ["driver", "executors"])
@pytest.mark.parametrize("part", ["kafka", "minio"])
def test_a_part_that_dies_under_load_costs_no_record(own_stack: Stack, tmp_path: Path, part: str, writer: str):
    with streams_of(own_stack.client_environment(), tmp_path, HEADWATER_STREAM_WRITER=writer) as streams:
        sender = Sender(streams.kafka)
        sender.start()
        eventually(streams.running, "a driver runs")
        eventually(lambda: streams.rows("metrics", ["offset"]).num_rows > 0, "records arrive")

        killed = processes.stop_by_pid_file(pid_file(own_stack.settings, part), seconds=5, first=signal.SIGKILL)
        assert killed is not None
        time.sleep(5)  # the outage itself
        start(own_stack, part)
        eventually(lambda: len(sender.acknowledged) > 0 and _still_growing(sender), "records are acknowledged again")
        sender.end()

        eventually(lambda: _running(streams) and streams.landed(), "all records are in bronze")
        assert streams.differences() == {}
        assert len(sender.acknowledged) == sum(sum(streams.ends()[topic].values()) for topic in TOPICS)


def _still_growing(sender: Sender) -> bool:
    before = len(sender.acknowledged)
    time.sleep(1)
    return len(sender.acknowledged) > before


def _running(streams: Streams) -> bool:
    """A driver that could not renew its lease may have to be started again, as the DAG does each minute."""
    return streams.running()
