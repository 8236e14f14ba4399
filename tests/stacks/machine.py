"""One machine with a stack of its own, as a person at its command line has it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import psutil

from include.catalog import GOLD
from local import envfile, processes
from local.parts.part import KINDS, pid_file
from local.private_stack import stack_at
from local.settings import Ports
from local.stack import Stack
from local.unpaused import Unpaused

RECORDS = 40  # of each feed
SYSTEMS = ("commerce", "planets")  # whose first days `up` builds here: a system's two days take a minute of both cores


class Machine:
    """One stack, and the command line that drives it from a directory that is not the repository."""

    def __init__(self, home: Path) -> None:
        self.stack: Stack = stack_at(home, HEADWATER_DEMO_RECORDS=str(RECORDS))
        self.settings = self.stack.settings
        for system in GOLD.keys() - set(SYSTEMS):
            Unpaused(self.settings).leave(f"daily_{system}")  # as if somebody had paused its DAG
        ports = {Ports.setting(name): str(port) for name, port in asdict(self.settings.ports).items()}
        self.environment = {**os.environ, **ports, "HEADWATER_HOME": str(home), "HEADWATER_DEMO_RECORDS": str(RECORDS)}

    def headwater(self, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).with_name("headwater")), *words]
        return subprocess.run(command, env={**self.environment, **settings}, cwd="/", capture_output=True, text=True, check=False)

    def client(self) -> dict[str, str]:
        return envfile.read(self.settings.env_file)

    def pids(self) -> dict[str, int]:
        found = {name: processes.read_pid(pid_file(self.settings, name)) for name in KINDS}
        return {name: process.pid for name, process in found.items() if process}

    def everything(self) -> list[psutil.Process]:
        """All processes of the machine that this stack's environment was handed down to."""
        return [process for process in psutil.process_iter() if _home(process) == str(self.settings.home)]


def _home(process: psutil.Process) -> str | None:
    try:
        return process.environ().get("HEADWATER_HOME") if process.pid != os.getpid() else None
    except psutil.Error:
        return None
