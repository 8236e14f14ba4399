"""The real stack, on ports and in a directory of its own, so that it runs beside a developer's `make up`.

`stack` has Kafka and the S3 store; `spark_connect` adds the Spark server and `whole_stack` all there is, Airflow with its DAGs at
work included, to the same stack. Each is started once and when the first test asks for it, by the code of `headwater up`.
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
from local import class_archive
from local.down import down
from local.plan import TASKS
from local.private_stack import stack_at
from local.progress import Progress
from local.stack import Stack
from local.up import up
from tests.integration.streams import GROUP, Streams, streams_of


def start(stack: Stack, *parts: str, demo: bool = False) -> None:
    with Progress(Console(stderr=True)) as progress:
        up(stack, progress, only=parts, demo=demo)


def stop(stack: Stack) -> None:
    with Progress(Console(stderr=True)) as progress:
        down(stack, progress)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Kafka and the S3 store with its bucket; stopped when the session ends, with whatever was added to it."""
    # Nobody answers the crypto poller: no test finds a record that it has not sent.
    stack = stack_at(tmp_path_factory.mktemp("stack"), CRYPTO_API_URL="http://127.0.0.1:1")
    try:
        start(stack, "kafka", "minio")
        with Progress(Console(stderr=True)) as progress, progress.step("classes of spark") as step:
            class_archive.fetch(stack.settings, step)
        yield stack
    finally:
        stop(stack)


@pytest.fixture(scope="session")
def spark_connect(stack: Stack) -> Stack:
    """The same stack, with the Spark Connect server."""
    start(stack, "spark-connect")
    return stack


@pytest.fixture(scope="session")
def whole_stack(stack: Stack) -> Stack:
    """The same stack, with Airflow, the mail catcher, all topics and the streams at work; no demo data."""
    start(stack, *TASKS)
    return stack


@pytest.fixture(scope="session")
def topics(stack: Stack) -> dict[str, str]:
    """The environment of the shared stack, with every contract's topic made."""
    environment = stack.client_environment()
    reconcile_topics(load_contracts().with_topics, KafkaSettings.from_environment(environment)).check()
    return environment


@pytest.fixture(scope="module", params=["driver", "executors"])
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
