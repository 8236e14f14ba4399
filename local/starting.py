"""One call of `up`: what it has started, so that a failure takes back exactly that."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from local import drivers, launch, processes
from local.errors import LocalError
from local.parts.part import Part, pid_file
from local.progress import Step
from local.stack import Stack


class Starting:
    """The parts that one call of `up` brings up."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._mine: list[Part] = []
        self._guard = threading.Lock()
        self._over = False
        self._drivers_before = drivers.find(stack.settings)

    def ensure(self, part: Part, step: Step) -> None:
        """Bring the part up, and remember it if it was not up before."""
        settings = self.stack.settings
        with self._guard:
            if self._over:
                raise LocalError(f"{part.name} is not started: something else failed before")
            if processes.read_pid(pid_file(settings, part.name)) is None:
                self._mine.append(part)
        step.skipped = not launch.ensure(settings, part)
        step.note = part.kind.address_in(settings)

    def require_going_on(self) -> None:
        """LocalError when something else has failed: whoever waits may stop waiting."""
        if self._over:
            raise LocalError("not waited for any longer: something else failed before")

    def wait_no_longer(self) -> None:
        """Whoever waits stops waiting; what runs, runs on."""
        self._over = True

    def take_back(self) -> None:
        """Stop what this call started, and start nothing more: Airflow first, then the drivers that it has started since, then the rest."""
        with self._guard:
            self._over = True
            mine = [part.name for part in self._mine]
        airflow = [name for name in mine if name.startswith("airflow-")]
        self._stop(airflow)
        if mine:
            drivers.drain([driver for driver in drivers.find(self.stack.settings) if driver not in self._drivers_before])
        self._stop([name for name in mine if name not in airflow])

    def _stop(self, names: list[str]) -> None:
        with ThreadPoolExecutor(max_workers=len(names) or 1) as threads:
            list(threads.map(lambda name: launch.stop(self.stack.settings, name), names))
