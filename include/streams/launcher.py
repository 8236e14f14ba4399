"""Where stream drivers live: the one seam between the controller and processes, hosts or clusters."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import psutil

from include import log_files
from include.declared_settings import refuse_unknown_names
from include.lease import Holder
from include.streams.settings import StreamSettings
from include.streams.stream_host import StreamHostLauncher, StreamHostSettings

PROJECT = Path(__file__).resolve().parents[2]
# What a driver may know of its starter's environment: never Airflow's own secrets.
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "JAVA_HOME", "LAKE_URI", "PYTHONDONTWRITEBYTECODE")
PASSED_ON_PREFIXES = ("AWS_", "KAFKA_", "HEADWATER_", "SPARK_", "SSL_", "XDG_")


class Launcher(Protocol):
    """Starts and ends drivers. A driver is known by the process that holds, or is about to take, its group's lease."""

    def start(self, group: str) -> Holder: ...
    def alive(self, holder: Holder) -> bool | None: ...  # None: it cannot be seen from here
    def kill(self, holder: Holder) -> bool: ...  # whether it was this call that ended it
    def log_tail(self, group: str, lines: int) -> str: ...
    def bound_log(self, group: str) -> None: ...


class LocalLauncher:
    """Drivers as processes of this host, in sessions of their own: they outlive whoever started them."""

    def __init__(self, settings: StreamSettings, environment: Mapping[str, str] = os.environ) -> None:
        self._settings, self._environment = settings, environment

    def log_file(self, group: str) -> Path:
        return self._settings.log_directory / f"stream-{group}.log"

    def start(self, group: str) -> Holder:
        """Starts a driver and returns at once; whether it gets its lease is seen on the lake."""
        log_file = self.log_file(group)
        log_file.parent.mkdir(parents=True, exist_ok=True)
        passed_on = {name: value for name, value in self._environment.items() if name in PASSED_ON or name.startswith(PASSED_ON_PREFIXES)}
        environment = passed_on | {"PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, str(PROJECT / "jobs" / "stream" / "main.py"), "--group", group]
        with log_file.open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=PROJECT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started = Holder.of(process.pid)
        # Popen's destructor would warn of a running child: this one is meant to outlive us.
        process.returncode = 0
        return started

    def alive(self, holder: Holder) -> bool | None:
        """Whether the process runs; None for one of another host, which only the renewals of its lease can tell."""
        return holder.is_alive()

    def kill(self, holder: Holder) -> bool:
        """Ends a driver that does not answer, with its JVM. False when it had ended, or cannot be ended from here."""
        if not holder.is_alive():
            return False
        try:
            driver = psutil.Process(holder.pid)
            for child in driver.children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    child.kill()
            driver.kill()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False
        return True

    def log_tail(self, group: str, lines: int) -> str:
        return "\n".join(log_files.last_lines(self.log_file(group), lines))

    def bound_log(self, group: str) -> None:
        """Keeps what the group's driver writes from filling the disk, while it goes on to write."""
        log_files.bound(self.log_file(group))


def launcher(environment: Mapping[str, str] = os.environ) -> Launcher:
    """The launcher that the settings name: processes of this host, or with STREAM_HOST_URL those of a stream host. Raises SettingsError
    where a driver would end at once for one."""
    refuse_unknown_names(environment)
    if (host := StreamHostSettings.from_environment(environment)).url:
        return StreamHostLauncher(host)
    return LocalLauncher(StreamSettings.from_environment(environment), environment)
