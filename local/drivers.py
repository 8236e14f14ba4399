"""The stream drivers of this stack. Airflow starts them, in sessions of their own; `down` must leave none behind."""

from __future__ import annotations

import psutil

from include.process_identity import Process, birth_of
from local import processes
from local.settings import LocalSettings

_PROGRAM = "jobs/stream/main.py"
DRAIN_SECONDS = 60.0


def find(settings: LocalSettings) -> list[Process]:
    """The drivers that run with this stack's HEADWATER_HOME, whoever started them."""
    found = []
    for process in psutil.process_iter(["pid", "cmdline"]):
        if not any(word.endswith(_PROGRAM) for word in process.info["cmdline"] or ()):
            continue
        try:
            home = process.environ().get("HEADWATER_HOME")
        except psutil.Error:
            continue
        birth = birth_of(process.pid)
        if home == str(settings.home) and birth:
            found.append(Process(process.pid, birth))
    return found


def drain(drivers: list[Process], *, seconds: float = DRAIN_SECONDS) -> None:
    """Let each driver finish its micro-batch and give its lease back; one that does not is killed."""
    processes.stop_all(drivers, seconds=seconds)
