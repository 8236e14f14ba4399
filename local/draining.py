"""Bringing what is in Kafka now into bronze, once: by the driver that is at work, or by one that ends when it is done."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from include import log_files
from include.contracts import Contract
from include.errors import StreamError
from include.lag import feed_progress
from include.lease import read as read_lease
from include.settings import KafkaSettings, LakeSettings
from include.streams.state import read_actual
from include.words import many
from local.launch import last_lines
from local.settings import REPOSITORY

LEASE_HELD = 3  # the exit code of a driver that another one was before
_POLL_SECONDS = 0.5
_STANDSTILL_SECONDS = 300.0


@dataclass
class Drain:
    """One group's topics up to where they end when this is made; what comes later is left to whoever comes later.

    `environment` is a client's; a driver that is started gets it, and writes its log into the folder `logs`.
    """

    group: str
    contracts: Sequence[Contract]
    environment: Mapping[str, str]
    logs: Path
    say: Callable[[str], None]

    def __post_init__(self) -> None:
        self._kafka, self._lake = KafkaSettings.from_environment(self.environment), LakeSettings.from_environment(self.environment)
        self._targets = {feed: progress.end for feed, progress in feed_progress(self._kafka, self._lake, self.contracts).items()}

    @property
    def log(self) -> Path:
        return self.logs / f"stream-{self.group}-once.log"

    def lacking(self) -> dict[str, int]:
        """Feed → records that bronze lacks up to the target, for those that lack any."""
        progress = feed_progress(self._kafka, self._lake, self.contracts)
        behind = {feed: sum(each.behind(self._targets[feed]).values()) for feed, each in progress.items()}
        return {feed: records for feed, records in behind.items() if records}

    def run(self) -> None:
        """Return when bronze has it all. Never beside another driver: the lease lets one write. StreamError when it does not get there."""
        while lacking := self.lacking():
            if driver := self._driver():
                told = "is at work and brings them in; DAG `streams`, action stop, ends it"
                self.say(f"{self.group}: {many(sum(lacking.values()), 'record')} to go; the driver {driver} {told}")
                self._wait_for_driver()
            else:
                self.say(f"{self.group}: {many(sum(lacking.values()), 'record')} to go; no driver runs, so one is started for them")
                self._drain()
                if self.lacking() == lacking and not self._driver():
                    fix = f"see {self.log}: the feeds that lack some are parked, or somebody asked the stream to stop"
                    raise StreamError("the drain has committed nothing", where=f"stream group {self.group}", value=lacking, fix=fix)
        self.say(f"{self.group}: bronze has all that was in Kafka")

    def _driver(self) -> str | None:
        """Who holds the group's lease; None when nobody does, or somebody who is seen to be dead."""
        lease = read_lease(self._lake, f"stream-{self.group}")
        if lease is None or lease.released or lease.holder.is_alive() is False:
            return None
        return f"pid {lease.holder.pid} on {lease.holder.host}"

    def _wait_for_driver(self) -> None:
        before, deadline = self.lacking(), time.monotonic() + _STANDSTILL_SECONDS
        while before and self._driver():
            time.sleep(_POLL_SECONDS)
            if (now := self.lacking()) != before:
                before, deadline = now, time.monotonic() + _STANDSTILL_SECONDS
            if time.monotonic() > deadline:
                status = read_actual(self._lake, self.group)
                errors = {feed: each.last_error for feed, each in (status.feeds if status else {}).items() if each.last_error}
                raise StreamError(
                    f"the driver has committed nothing for {_STANDSTILL_SECONDS:.0f} s",
                    where=f"stream group {self.group}, {', '.join(before)}",
                    value=errors or None,
                    fix=f"see `headwater logs stream-{self.group}`",
                )

    def _drain(self) -> None:
        log = self.log
        log.parent.mkdir(parents=True, exist_ok=True)
        log_files.bound(log)
        since = log.stat().st_size if log.exists() else 0
        command = [sys.executable, str(REPOSITORY / "jobs" / "stream" / "main.py"), "--group", self.group, "--available-now"]
        with log.open("ab") as output:
            streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
            done = subprocess.run(command, cwd=REPOSITORY, env=_for_driver(self.environment), check=False, **streams)
        if done.returncode not in (0, LEASE_HELD):
            fix = f"the log says, at its end:\n{last_lines(log, since=since)}"
            raise StreamError(f"the drain ended with exit code {done.returncode}", where=f"log: {log}", fix=fix)


def _for_driver(environment: Mapping[str, str]) -> Mapping[str, str]:
    """The Connect server is the batch's: a driver has a Spark of its own."""
    kept = {name: value for name, value in environment.items() if name != "SPARK_REMOTE"}
    return {**kept, "PYTHONPATH": str(REPOSITORY), "PYTHONUNBUFFERED": "1"}
