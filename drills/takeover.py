"""Drills in which two drivers meet: one writes, the other must not."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterable

import psutil
from deltalake import DeltaTable

from drills.drill import Drill
from drills.driver import kill_drivers
from drills.scene import NotRecovered, Scene
from include.catalog import live_tables

LEASE_HELD = 3  # the exit code of a driver that another one was before
_OWN_END_SECONDS = 120.0
_COMMITS = 200


def pause_driver(scene: Scene) -> None:
    """SIGSTOP for the driver and its JVM for longer than its lease; another takes over; then SIGCONT.

    The one that wakes up writes nothing and ends by itself, the other goes on. In no table does a commit of the former follow one of the
    latter.
    """
    for number in range(1, scene.rounds + 1):
        scene.leave_alone()
        former = _the_driver(scene)
        family = [former, *former.children(recursive=True)]
        with scene.fault(f"pause {number} of {scene.rounds}: another driver is started"):
            _send(signal.SIGSTOP, family)
            latter = scene.drivers.run()
        scene.require(_has_lease(scene, latter), "the driver that was started has the lease")
        with scene.fault("the paused driver wakes up"):
            _send(signal.SIGCONT, reversed(family))
        scene.wait(lambda: _ended(former), "the driver that woke up ends by itself", _OWN_END_SECONDS)  # noqa: B023
        scene.require(_has_lease(scene, latter), "the driver that took over goes on")
        _require_order(scene)
        scene.keep()


def two_drivers(scene: Scene) -> None:
    """The driver is killed and two are started at the same moment.

    One runs, the other says that the lease is held and ends.
    """
    for number in range(1, scene.rounds + 1):
        scene.leave_alone()
        kill_drivers(scene)
        with scene.fault(f"two drivers at once, {number} of {scene.rounds}"):
            both = [scene.drivers.run(), scene.drivers.run()]
        scene.wait(lambda: any(each.poll() is not None for each in both), "one of the two ends", _OWN_END_SECONDS)  # noqa: B023
        scene.require([each.poll() for each in both].count(LEASE_HELD) == 1, "exactly one ends, and says that the lease is held")
        scene.require(any(_has_lease(scene, each) for each in both), "the other has the lease")
        _require_order(scene)
        scene.keep()


def _the_driver(scene: Scene) -> psutil.Process:
    holder = scene.drivers.holder()
    if holder is None:
        raise NotRecovered("no driver has the lease")
    return psutil.Process(holder.pid)


def _send(number: signal.Signals, family: Iterable[psutil.Process]) -> None:
    for process in family:
        if process.is_running():
            os.kill(process.pid, number)


def _ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def _has_lease(scene: Scene, process: subprocess.Popen) -> bool:
    holder = scene.drivers.holder()
    return process.poll() is None and holder is not None and holder.pid == process.pid


def _require_order(scene: Scene) -> None:
    """Each lease has a greater number than those before it, and each commit bears its writer's."""
    lake = scene.drivers.lake
    live = live_tables(contract.feed for contract in scene.contracts)
    for address in [*(contract.bronze for contract in scene.contracts), *(f"live.{name}" for name in live)]:
        history = DeltaTable(lake.table_uri(address), storage_options=lake.delta_options()).history(_COMMITS)
        epochs = [int(entry["headwater.epoch"]) for entry in reversed(history) if "headwater.epoch" in entry]
        scene.require(bool(epochs), f"commits bear their writer's number: {address}")
        scene.require(epochs == sorted(epochs), f"no commit of an earlier driver comes after one of a later: {address}")


PAUSE_DRIVER = Drill("pause-driver", pause_driver, limit_seconds=90, rounds=3)
TWO_DRIVERS = Drill("two-drivers", two_drivers, limit_seconds=90, rounds=5, short_rounds=1)
