"""A Kafka and a MinIO for one benchmark: those of the embedded stack, in a directory and on ports of their own."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from include.settings import KafkaSettings, LakeSettings
from local import jars, processes
from local.credentials import Credentials
from local.down import down
from local.parts.part import pid_file
from local.ports import free_ports
from local.progress import Progress
from local.settings import LocalSettings, Ports
from local.stack import Stack
from local.up import up

PARTS = ("kafka", "minio")


@dataclass
class BenchStack:
    """A running Kafka and MinIO, and the environment of those who use them."""

    stack: Stack
    keep_logs: bool = False  # after an end without an error, too

    @property
    def home(self) -> Path:
        return self.stack.settings.home

    @property
    def logs(self) -> Path:
        return self.stack.settings.logs

    def environment(self, prefix: str) -> dict[str, str]:
        """What a process gets that has the lake below `prefix` of the bucket to itself."""
        known = self.stack.client_environment()
        del known["SPARK_REMOTE"]  # there is no Connect server here, and a session would look for it
        return {**known, "LAKE_URI": f"{known['LAKE_URI']}/{prefix}", "HEADWATER_STREAM_GROUPS": "all", "PYTHONUNBUFFERED": "1"}

    def lake(self, prefix: str) -> LakeSettings:
        return LakeSettings.from_environment(self.environment(prefix))

    @property
    def kafka(self) -> KafkaSettings:
        return KafkaSettings.from_environment(self.stack.client_environment())

    def pids(self) -> list[int]:
        """The processes of broker and store."""
        found = (processes.read_pid(pid_file(self.stack.settings, name)) for name in PARTS)
        return [process.pid for process in found if process]


def _settings(home: Path) -> LocalSettings:
    names = list(Ports.__dataclass_fields__)
    ports = {Ports.setting(name): str(number) for name, number in zip(names, free_ports(len(names)), strict=True)}
    return LocalSettings.from_environment({**os.environ, **ports, "HEADWATER_HOME": str(home)})


@contextmanager
def running(console: Console, parts: tuple[str, ...] = PARTS) -> Iterator[BenchStack]:
    """Starts the parts, and stops them whatever happens. Their data goes in the end; after a failure the logs stay."""
    home = Path(tempfile.mkdtemp(prefix="headwater-benchmark-"))
    settings = _settings(home)
    stack = Stack(settings, Credentials.load_or_create(settings))
    given = BenchStack(stack)
    # Asked to end, stop what was started: as with Ctrl-C.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with Progress(console) as progress:
            up(stack, progress, only=parts, demo=False)
            if set(parts) == set(PARTS):
                with progress.step("jars of spark") as step:
                    step.skipped = jars.fetch(settings.cache, "spark", url=settings.maven_url) == 0
        yield given
    finally:
        failed = given.keep_logs or sys.exc_info()[0] is not None
        with Progress(console) as progress:
            down(stack, progress)
        shutil.rmtree(home / "data" if failed else home, ignore_errors=True)
        if failed:
            console.print(f"The logs are in {home / 'logs'}.", highlight=False, soft_wrap=True)
        signal.signal(signal.SIGTERM, before)
