"""The real stack, on ports and in a directory of its own, so that it runs beside a developer's `make up`.

`stack` has Kafka and the S3 store. It is started by the code of `headwater up` when the first test asks for it, and stopped after the
folder's last one: what goes on running takes time from the tests of other folders.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from include.contracts import load_contracts
from include.settings import KafkaSettings
from include.streams import state
from include.topics import reconcile_topics
from local.ports import NOBODY
from local.private_stack import fetch_for_spark, stack_at
from local.progress import Progress
from local.stack import Stack
from tests.integration.streams import GROUP, Streams, eventually, streams_of
from tests.starting import start, stop


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Kafka and the S3 store with its bucket."""
    # Nobody answers the crypto poller: no test finds a record that it has not sent.
    stack = stack_at(tmp_path_factory.mktemp("stack"), CRYPTO_API_URL=f"http://{NOBODY}")
    try:
        start(stack, "kafka", "minio")
        with Progress(Console(stderr=True)) as progress:
            fetch_for_spark(stack.settings, progress)
        yield stack
    finally:
        stop(stack)


@pytest.fixture
def kafka(stack: Stack) -> KafkaSettings:
    """The shared stack's broker."""
    return KafkaSettings.from_environment(stack.client_environment())


@pytest.fixture(scope="package")
def topics(stack: Stack) -> dict[str, str]:
    """The environment of the shared stack, with every contract's topic made."""
    environment = stack.client_environment()
    reconcile_topics(load_contracts().with_topics, KafkaSettings.from_environment(environment)).check()
    return environment


@pytest.fixture(scope="module", params=["driver", pytest.param("executors", marks=pytest.mark.thorough)])
def lake_of_a_writer(request: pytest.FixtureRequest, topics: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Streams]:
    """Streams on a lake of the file's own, once by each writer; live tables, which do not depend on it, beside one of them alone."""
    live = "1" if request.param == "driver" else "0"
    directory = tmp_path_factory.mktemp(f"streams-{request.param}")
    with streams_of(topics, directory, HEADWATER_STREAM_WRITER=request.param, HEADWATER_STREAM_LIVE=live) as streams:
        yield streams


@pytest.fixture
def streams(lake_of_a_writer: Streams) -> Iterator[Streams]:
    """Those streams, and no driver of theirs before the test or after it."""
    yield lake_of_a_writer
    lake_of_a_writer.stop()
    state.set_desired(lake_of_a_writer.lake, GROUP, "running")


@pytest.fixture
def driver_streams(topics: dict[str, str], tmp_path: Path) -> Iterator[Streams]:
    """Streams of the test's own, by the default writer: for what does not depend on it."""
    with streams_of(topics, tmp_path) as streams:
        yield streams


@pytest.fixture(scope="module")
def at_work(topics: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Streams]:
    """Streams of the file's own with a driver that reads, for tests that leave it at work: to start one takes a quarter of a minute."""
    with streams_of(topics, tmp_path_factory.mktemp("at-work")) as streams:
        eventually(streams.running, "a driver runs")
        yield streams
