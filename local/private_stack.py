"""A stack beside the developer's own: the embedded stack's parts, in a directory and on ports of its own; for benchmarks, drills, tests."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from include.settings import KafkaSettings, LakeSettings
from local import class_archive, jars, processes
from local.credentials import Credentials
from local.down import down
from local.parts.part import pid_file
from local.ports import free_ports
from local.progress import Progress
from local.settings import LocalSettings, Ports
from local.stack import Stack
from local.unpaused import Unpaused
from local.up import up

STORES = ("kafka", "minio")


def stack_at(home: Path, **settings: str) -> Stack:
    """A stack with free ports, not started; `settings` are variables of docs/settings.md."""
    names = [Ports.setting(name) for name in Ports.__dataclass_fields__]
    ports = {name: str(port) for name, port in zip(names, free_ports(len(names)), strict=True)}
    local = LocalSettings.from_environment({**os.environ, **ports, "HEADWATER_HOME": str(home), **settings})
    return Stack(local, Credentials.load_or_create(local))


def fetch_for_spark(settings: LocalSettings, progress: Progress) -> None:
    """What a Spark needs that is started beside a stack without Spark's own part."""
    with progress.step("jars of spark") as step:
        step.skipped = jars.fetch(settings.cache, "spark", url=settings.maven_url) == 0
    with progress.step("classes of spark") as step:
        class_archive.fetch(settings, step)


@dataclass
class PrivateStack:
    """A stack that runs, and the environment of those who use it."""

    stack: Stack
    keep_logs: bool = False  # after an end without an error, too
    afterwards: ExitStack = field(default_factory=ExitStack)  # closed when all has stopped, before the data goes

    @property
    def home(self) -> Path:
        return self.stack.settings.home

    @property
    def logs(self) -> Path:
        return self.stack.settings.logs

    def environment(self, prefix: str = "") -> dict[str, str]:
        """What a process gets that has the lake below `prefix` of the bucket to itself."""
        known = self.stack.client_environment()
        del known["SPARK_REMOTE"]  # who has a Spark of its own must not look for the Connect server
        lake = f"{known['LAKE_URI']}/{prefix}".rstrip("/")
        return {**known, "LAKE_URI": lake, "HEADWATER_STREAM_GROUPS": "all", "PYTHONUNBUFFERED": "1"}

    def lake(self, prefix: str = "") -> LakeSettings:
        return LakeSettings.from_environment(self.environment(prefix))

    @property
    def kafka(self) -> KafkaSettings:
        return KafkaSettings.from_environment(self.stack.client_environment())

    def pids(self) -> list[int]:
        """The processes of broker and store."""
        found = (processes.read_pid(pid_file(self.stack.settings, name)) for name in STORES)
        return [process.pid for process in found if process]

    def kill(self, part: str) -> None:
        """SIGKILL, without a word before."""
        processes.stop_by_pid_file(pid_file(self.stack.settings, part), seconds=5, first=signal.SIGKILL)

    def start(self, console: Console, *parts: str) -> None:
        with Progress(console) as progress:
            up(self.stack, progress, only=parts, demo=False)


@contextmanager
def private_stack(
    console: Console, kind: str, parts: Sequence[str] = STORES, *, paused: Sequence[str] = (), **settings: str
) -> Iterator[PrivateStack]:
    """Starts the parts, without demo data, and stops them whatever happens. Their data goes in the end; after a failure the logs stay.
    `paused`: DAGs that nobody lets run, whose first scheduled runs would take time from what the stack is for."""
    home = Path(tempfile.mkdtemp(prefix=f"headwater-{kind}-"))
    given = PrivateStack(stack_at(home, **settings))
    for dag in paused:
        Unpaused(given.stack.settings).leave(dag)
    # Asked to end, stop what was started: as with Ctrl-C.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        given.start(console, *parts)
        if "spark-connect" not in parts and set(STORES) <= set(parts):
            with Progress(console) as progress:
                fetch_for_spark(given.stack.settings, progress)
        yield given
    finally:
        failed = given.keep_logs or sys.exc_info()[0] is not None
        with Progress(console) as progress:
            down(given.stack, progress)
        given.afterwards.close()
        shutil.rmtree(home / "data" if failed else home, ignore_errors=True)
        if failed:
            console.print(f"The logs are in {home / 'logs'}.", highlight=False, soft_wrap=True)
        signal.signal(signal.SIGTERM, before)
