"""Who takes part, and how each runs: a process of its own, with a part of the lake of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.turn import READY
from include.errors import HeadwaterError
from local.launch import last_lines
from local.private_stack import PrivateStack
from local.processes import Process, birth_of, stop

ROOT = Path(__file__).resolve().parents[1]
READY_SECONDS, STOP_SECONDS = 300.0, 60.0
_READING = re.compile(r"^(\S+ \S+) INFO \S+ reading \d+ topics", re.MULTILINE)


class ContestantError(HeadwaterError):
    """A contestant does not start, or ends before its time."""


@dataclass(frozen=True)
class Contestant:
    name: str
    title: str
    command: tuple[str, ...]
    waits: bool = True  # for its turn, once it is warm; else it begins by itself as soon as it can


CONTESTANTS = {
    each.name: each
    for each in (
        Contestant("headwater", "Headwater", ("jobs/stream/main.py", "--group", "all"), waits=False),
        Contestant("spark", "plain Spark", ("-m", "benchmarks.plain_spark")),
        Contestant("direct", "no Spark", ("-m", "benchmarks.direct")),
    )
}


class Running:
    """A contestant at work. `began` is when its clock started: when it was told to begin, or when its query says it did."""

    def __init__(self, contestant: Contestant, process: subprocess.Popen[bytes], log: Path) -> None:
        self.contestant, self.log = contestant, log
        self.started, self.began = time.time(), 0.0
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    def begin(self) -> None:
        """Waits until it is ready, and starts its clock."""
        until = time.monotonic() + READY_SECONDS
        while not self._is_ready():
            self.check()
            if time.monotonic() > until:
                raise self._failed(f"is not ready after {READY_SECONDS:.0f} s")
            time.sleep(0.1)
        if self._process.stdin is not None:
            self.began = time.time()
            self._process.stdin.write(b"begin\n")
            self._process.stdin.flush()

    def _is_ready(self) -> bool:
        text = self.log.read_text(errors="replace")
        if self.contestant.waits:
            return READY in text
        found = _READING.search(text)
        if found:
            self.began = datetime.strptime(found[1], "%Y-%m-%d %H:%M:%S,%f").replace(tzinfo=UTC).timestamp()
        return found is not None

    def check(self) -> None:
        """Raises ContestantError when it has ended."""
        if self._process.poll() is not None:
            raise self._failed(f"ended with {self._process.returncode}")

    def _failed(self, what: str) -> ContestantError:
        return ContestantError(f"{self.contestant.title} {what}", where=str(self.log), value=last_lines(self.log), fix="see its log")


@contextmanager
def running(contestant: Contestant, stack: PrivateStack, prefix: str) -> Iterator[Running]:
    """Starts it, and ends it with all that it started."""
    log = stack.logs / f"{prefix}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *contestant.command],
            cwd=ROOT,
            env={**stack.environment(prefix), "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE if contestant.waits else subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    birth = birth_of(process.pid)
    try:
        yield Running(contestant, process, log)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        if birth is not None:
            stop(Process(process.pid, birth), seconds=STOP_SECONDS, first=signal.SIGTERM)
        process.wait(timeout=STOP_SECONDS)


def stream_settings() -> dict[str, str]:
    """What of the caller's environment changes how Headwater's stream runs."""
    return {name: value for name, value in sorted(os.environ.items()) if name.startswith("HEADWATER_STREAM_")}
