"""The stream drivers of one lake: started, watched over as DAG `streams` does it, and ended. Drills and the streams' tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from include import lease
from include.errors import HeadwaterError
from include.settings import KafkaSettings, LakeSettings
from include.streams import controller, state
from include.streams.launcher import LocalLauncher
from include.streams.settings import StreamSettings
from local.settings import REPOSITORY

GROUP = "all"


@dataclass
class Drivers:
    """Drivers of the group `all`. `environment` is that of whoever looks after them; `theirs` is what a driver has otherwise."""

    environment: Mapping[str, str]
    log_directory: Path
    processes: list[subprocess.Popen] = field(default_factory=list)
    theirs: Mapping[str, str] = field(default_factory=dict)

    @property
    def lake(self) -> LakeSettings:
        return LakeSettings.from_environment(self.environment)

    @property
    def kafka(self) -> KafkaSettings:
        return KafkaSettings.from_environment(self.environment)

    @property
    def launcher(self) -> LocalLauncher:
        return LocalLauncher(StreamSettings.from_environment(self.environment), {**self.environment, **self.theirs})

    def run(self, *arguments: str, **more: str) -> subprocess.Popen:
        """A driver without the controller."""
        command = [sys.executable, str(REPOSITORY / "jobs/stream/main.py"), "--group", GROUP, *arguments]
        environment = {**self.environment, **self.theirs, **more}
        with (self.log_directory / f"driver-{len(self.processes)}.log").open("wb") as log:
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        self.processes.append(process)
        return process

    def log_of(self, process: subprocess.Popen) -> str:
        return (self.log_directory / f"driver-{self.processes.index(process)}.log").read_text()

    def reconcile(self) -> controller.Outcome:
        return controller.reconcile(self.lake, GROUP, self.launcher)

    def running(self) -> bool:
        """Whether a driver runs and has begun to read; starts one if there is none."""
        return self.reconcile().action == "running" and self.phase() == "running"

    def phase(self) -> str | None:
        """What the driver says that it is at; None before its first word."""
        status = state.read_actual(self.lake, GROUP)
        return None if status is None else status.phase

    def holder(self) -> lease.Holder | None:
        """The living process that has the lease; None when there is none."""
        record = lease.read(self.lake, f"stream-{GROUP}")
        return record.holder if record is not None and not record.released and record.holder.is_alive() else None

    def driver_pid(self) -> int:
        record = lease.read(self.lake, f"stream-{GROUP}")
        assert record is not None
        return record.holder.pid

    def kill_driver(self) -> None:
        os.kill(self.driver_pid(), signal.SIGKILL)

    def stop(self) -> None:
        """Ends every driver of this lake."""
        state.set_desired(self.lake, GROUP, "stopped")
        record = lease.read(self.lake, f"stream-{GROUP}")
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        if record is not None and not record.released and record.holder.is_alive():
            self.launcher.kill(record.holder)


class Keeper:
    """Does what the controller says every few seconds, where DAG `streams` does it once a minute."""

    def __init__(self, drivers: Drivers, every_seconds: float = 2.0) -> None:
        self._drivers, self._every = drivers, every_seconds
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="keeper", daemon=True)
        self.troubles: list[str] = []  # what failed runs of the DAG would say
        self.starts = 0
        self._thread.start()

    def _keep(self) -> None:
        while not self._end.wait(self._every):
            try:
                outcome = self._drivers.reconcile()
                self.starts += outcome.action in ("started", "starting")
            except HeadwaterError as error:  # the next look does the same, as the DAG's next run would
                self.troubles.append(str(error).splitlines()[0])

    def end(self) -> None:
        self._end.set()
        self._thread.join()
