"""A Kafka that a test may stop, and programs that send to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from include.contracts import load_contracts
from include.settings import KafkaSettings
from include.topics import reconcile_topics
from local import processes
from local.parts.part import pid_file
from local.private_stack import stack_at
from local.settings import REPOSITORY
from local.stack import Stack
from tests.starting import start, stop


@dataclass(frozen=True)
class Broker:
    """A broker with every contract's topic."""

    stack: Stack

    @property
    def kafka(self) -> KafkaSettings:
        return KafkaSettings.from_environment(self.stack.client_environment())

    def kill(self) -> None:
        assert processes.stop_by_pid_file(pid_file(self.stack.settings, "kafka"), seconds=5, first=signal.SIGKILL) is not None

    def start(self) -> None:
        start(self.stack, "kafka")


@contextmanager
def broker_at(home: Path) -> Iterator[Broker]:
    stack = stack_at(home)
    try:
        start(stack, "kafka")
        broker = Broker(stack)
        reconcile_topics(load_contracts().feeds.values(), broker.kafka).check()
        yield broker
    finally:
        stop(stack)


@dataclass(frozen=True)
class Program:
    """One of our programs as a process, and what it says."""

    process: subprocess.Popen[bytes]
    log: Path

    def says(self) -> str:
        return self.log.read_text()

    def end(self) -> int:
        """Asks it to end; its exit code."""
        self.process.terminate()
        return self.process.wait(60)


@contextmanager
def running(module: str, log: Path, **environment: str) -> Iterator[Program]:
    """`python -m module` with these variables over the caller's; killed at the end if it still runs."""
    with log.open("wb") as output:
        command = [sys.executable, "-m", module]
        process = subprocess.Popen(command, env={**os.environ, **environment}, cwd=REPOSITORY, stdout=output, stderr=output)
    try:
        yield Program(process, log)
    finally:
        process.kill()
        process.wait()
