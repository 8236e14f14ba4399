"""Drills that end the driver, or take its disk: the tables are all that it has."""

from __future__ import annotations

import os
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

from drills.drill import Drill
from drills.scene import NotRecovered, Scene
from drills.store_faults import Gate, sound

_COMMIT_SECONDS = 60.0  # until the next commit comes by


def kill_drivers(scene: Scene) -> None:
    """SIGKILL for every driver of the stack, as far as it has come, and an operator's `start`: the fiftieth death is not put off."""
    for process in scene.driver_processes():
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
    scene.forgive()


def kill_driver(scene: Scene) -> None:
    """SIGKILL for the stream driver at random instants: while it reads, commits, compacts, and at every third time again while it starts.

    A driver that is started in its place goes on from the tables' own offsets.
    """
    for number in range(1, scene.rounds + 1):
        time.sleep(scene.random.uniform(0, 3))
        with scene.fault(f"kill {number} of {scene.rounds}"):
            kill_drivers(scene)
            if scene.random.random() < 1 / 3:
                time.sleep(scene.random.uniform(0, 12))
                kill_drivers(scene)


def kill_between_data_and_commit(scene: Scene) -> None:
    """SIGKILL for the driver while the log entry of a commit is under way: the data file is written, no version names it yet.

    At random the entry then never arrives, or arrives up to 15 seconds after its writer's death, when another driver may have begun. Either
    way its rows count once.
    """
    assert scene.proxy is not None
    arrived = 0
    for number in range(1, scene.rounds + 1):
        gate = Gate()
        scene.proxy.decide = gate
        if not gate.held.wait(_COMMIT_SECONDS):
            raise NotRecovered(f"no commit came by within {_COMMIT_SECONDS:.0f} s")
        arrives = scene.random.random() < 0.5
        with scene.fault(f"kill {number} of {scene.rounds} before {gate.request}, which {'comes late' if arrives else 'is lost'}"):
            kill_drivers(scene)
            if arrives:
                time.sleep(scene.random.uniform(0, 15))
                gate.let_through()
            else:
                gate.drop()
            scene.proxy.decide = sound
        arrived += arrives
    scene.notes["log_entries"] = {"arrived_after_death": arrived, "never_arrived": scene.rounds - arrived}


def delete_disk(scene: Scene) -> None:
    """All local files of the driver deleted, its checkpoints and Spark's scratch among them: at one time under a driver that runs, at the
    next with the driver killed before.

    A driver has nothing on its disk that it could not do without.
    """
    for number in range(1, scene.rounds + 1):
        time.sleep(scene.random.uniform(0, 3))
        running = number % 2 == 1
        with scene.fault(f"disk {number} of {scene.rounds} deleted, of a driver that {'runs' if running else 'was killed'}"):
            if not running:
                kill_drivers(scene)
            deleted = _empty(disk_of(scene.private.home))
        scene.require(deleted > 0, "the driver had files on its disk")


def disk_of(home: Path) -> Path:
    """The folder that the drivers of a scene have for all that they keep on disk."""
    folder = home / "driver-disk"
    folder.mkdir(exist_ok=True)
    return folder


def _empty(folder: Path) -> int:
    entries = list(folder.iterdir())
    for entry in entries:
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)  # a driver that runs makes new files meanwhile
        else:
            entry.unlink(missing_ok=True)
    return len(entries)


KILL_DRIVER = Drill("kill-driver", kill_driver, limit_seconds=90, rounds=50, short_rounds=5)
KILL_BETWEEN_DATA_AND_COMMIT = Drill(
    "kill-between-data-and-commit", kill_between_data_and_commit, limit_seconds=90, rounds=10, short_rounds=2, proxied=True
)
DELETE_DISK = Drill("delete-disk", delete_disk, limit_seconds=120, rounds=6, short_rounds=2)
