"""A drill's scene: a private stack, producers that send to it, a driver that is looked after, and who counts."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

from rich.console import Console

from drills import load
from drills.account import Account, AcknowledgedList, Place, account
from drills.bronze import UNREADABLE, Bronze
from drills.drivers import GROUP, Drivers, Keeper
from drills.proxy import Proxy
from drills.templates import write_templates
from include.contracts import Contract, load_contracts
from include.process_identity import Process
from include.streams import state
from local import drivers as of_stack
from local.private_stack import PrivateStack

RATE = 220.0  # records a second, of all eleven feeds together
START_SECONDS = 400.0  # for a machine with other load
PATIENCE = 3  # times its limit, until a recovery is given up
_POLL_SECONDS = 0.5


class NotRecovered(Exception):
    """What should come to be has not, and the drill cannot go on."""


@dataclass
class Scene:
    """What a drill works with. `recoveries` are seconds; `failures` are what did not hold beside the counts."""

    private: PrivateStack
    drivers: Drivers
    proxy: Proxy | None
    console: Console
    random: Random
    seed: int
    rounds: int
    short: bool
    limit_seconds: float
    contracts: Sequence[Contract] = field(default_factory=lambda: tuple(load_contracts().feeds.values()))
    listed: AcknowledgedList = field(default_factory=AcknowledgedList)
    recoveries: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    keeper: Keeper | None = None
    _loads: list[subprocess.Popen] = field(default_factory=list)
    notes: dict[str, object] = field(default_factory=dict)  # what else is worth keeping
    _began: float = field(default_factory=time.monotonic)
    _bronze: Bronze | None = None
    _landed: set[Place] = field(default_factory=set)

    def say(self, text: str) -> None:
        self.console.print(f"{time.monotonic() - self._began:6.1f} s  {text}", highlight=False, markup=False, soft_wrap=True)

    def seconds(self, whole: float, short: float) -> float:
        """How long something lasts: less in a short drill."""
        return short if self.short else whole

    # The load

    def send(self, *topics: str, rate: float = RATE, once: bool = False, **templates: object) -> subprocess.Popen:
        """Producers of these topics (all, without any), until `end_load` or, with `once`, until each record has been sent."""
        contracts = [each for each in self.contracts if not topics or each.topic.name in topics]
        number = len(self._loads)
        records = write_templates(self.private.home / f"records-{number}.jsonl", contracts, seed=self.seed + number, **templates)  # type: ignore[arg-type]
        listed = self.private.home / f"acknowledged-{number}.tsv"
        words = ["--bootstrap", self.private.kafka.bootstrap_servers, "--records", str(records), "--list", str(listed), "--rate", str(rate)]
        with (self.private.logs / f"load-{number}.log").open("wb") as log:
            command = [sys.executable, load.__file__, *words, *(["--once"] if once else [])]
            process = subprocess.Popen(command, stdout=log, stderr=log)
        self._loads.append(process)
        self.listed.add(listed)
        return process

    def end_load(self, process: subprocess.Popen) -> None:
        """Asks it to end, and waits until the broker has told of each record."""
        process.terminate()
        process.wait(load.FLUSH_SECONDS + 30)

    def wait_for_load(self, process: subprocess.Popen) -> None:
        process.wait(load.DELIVERY_MILLISECONDS / 1000)

    # The drivers

    def keep(self) -> None:
        """From now on the drivers are looked after."""
        if self.keeper is None:
            self.keeper = Keeper(self.drivers)

    def leave_alone(self) -> None:
        """From now on nobody starts or ends a driver but the drill."""
        if self.keeper is not None:
            self.keeper.end()
            self.failures += [f"the controller: {word}" for word in self.keeper.troubles if "cannot be ended" in word]
            self.keeper = None

    def driver_processes(self) -> list[Process]:
        """All driver processes of this stack, those too that do not have the lease yet."""
        return of_stack.find(self.private.stack.settings)

    def forgive(self) -> None:
        """As an operator's action `start`: deaths before it do not count, and the next start is not put off."""
        state.set_desired(self.drivers.lake, GROUP, "running")

    # What must hold

    def require(self, holds: bool, what: str) -> None:
        """Notes a failure of the drill unless it holds."""
        if not holds:
            self.failures.append(what)
            self.say(f"DOES NOT HOLD: {what}")

    def wait(self, condition: Callable[[], bool], what: str, seconds: float | None = None) -> float:
        """Until the condition holds; the seconds that it took. Raises NotRecovered after `seconds`, else after PATIENCE times the limit."""
        began, allowed = time.monotonic(), seconds or PATIENCE * self.limit_seconds
        while not condition():
            if time.monotonic() - began > allowed:
                raise NotRecovered(f"not within {allowed:.0f} s: {what}")
            time.sleep(_POLL_SECONDS)
        return time.monotonic() - began

    def lacking(self, wanted: set[Place]) -> set[Place]:
        """Those of the records that have not been seen in bronze. What has been seen stays seen: the count at the end is another."""
        if self._bronze is None:
            self._bronze = self.bronze()
        missing = wanted - self._landed
        for topic in {place.topic for place in missing}:
            try:
                self._landed.update(place for place, _ in self._bronze.arrived(topic))
            except UNREADABLE:
                continue  # it is asked again, until the recovery is given up
        return missing - self._landed

    def bronze(self) -> Bronze:
        """A reader that has read nothing yet; it never goes through the proxy."""
        lake = self.drivers.lake
        return Bronze(lake.uri, lake.delta_options(), {each.topic.name for each in self.contracts})

    def wait_until_in_bronze(self, what: str, seconds: float | None = None) -> float:
        """Until everything that has been acknowledged until now is in bronze; the seconds that it took."""
        lacking = set(self.listed.read())
        what = f"{what}: {len(lacking)} acknowledged records in bronze"

        def landed() -> bool:
            nonlocal lacking
            lacking = self.lacking(lacking)
            return not lacking

        return self.wait(landed, what, seconds)

    @contextmanager
    def fault(self, what: str) -> Iterator[None]:
        """The block breaks something; when it ends the fault is over, and the recovery is awaited and timed."""
        self.say(what)
        yield
        seconds = self.wait_until_in_bronze(f"after {what}")
        self.recoveries.append(seconds)
        self.say(f"recovered after {seconds:.1f} s")

    # Beginning and end

    def begin(self, apart: Collection[str], *, kept: bool) -> None:
        """Sends to all topics that the drill does not keep apart, and waits until a driver brings in what is sent."""
        self.send(*(each.topic.name for each in self.contracts if each.topic.name not in apart))
        if kept:
            self.keep()
        self.wait(lambda: len(self.listed.read()) > 0, "records are acknowledged", START_SECONDS)
        self.wait_until_in_bronze("at the beginning", START_SECONDS)
        self.say("records flow")

    def settle(self) -> None:
        """Ends the sending, and waits for the last record."""
        for process in self._loads:
            if process.poll() is None:
                self.end_load(process)
            self.require(process.returncode == 0, "the broker has not told of every record that was sent")
        self.wait_until_in_bronze("at the end")

    def count(self) -> Account:
        """The own account, by a fresh reader."""
        return account(self.listed.read(), self.bronze().rows())

    def close(self) -> None:
        for process in self._loads:
            if process.poll() is None:
                process.kill()
                process.wait()
        if self.keeper is not None:
            self.keeper.end()
        if self.proxy is not None:
            self.proxy.close()
