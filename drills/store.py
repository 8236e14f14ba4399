"""Drills with the store: away, slow and failing, and full."""

from __future__ import annotations

import errno
import os
import subprocess
import tempfile
import time
from pathlib import Path

from drills.drill import Drill, Skipped
from drills.scene import Scene
from drills.store_faults import Troubled, sound

SMALL_DISK_MB = 256
_PIECE = b"\0" * 65536


def stop_store(scene: Scene) -> None:
    """The store killed with SIGKILL under load, away for a minute, and started again.

    The driver keeps what it has read, or reads it again; it writes only with a lease that it could renew.
    """
    for number in range(1, scene.rounds + 1):
        with scene.fault(f"the store away, {number} of {scene.rounds}"):
            scene.private.kill("minio")
            time.sleep(scene.seconds(60, 5))
            scene.private.start(scene.console, "minio")


def slow_store(scene: Scene) -> None:
    """For a minute and a half each call to the store takes up to 0.4 s more; of 100 calls ten are answered with 500 or 503, three are cut
    off before the store has them, and of three the reply is lost after the store has done what it was asked.

    A commit whose reply was lost is known as one's own, and what failed is done again.
    """
    assert scene.proxy is not None
    for number in range(1, scene.rounds + 1):
        scene.proxy.fates.clear()
        with scene.fault(f"the store slow and failing, {number} of {scene.rounds}"):
            scene.proxy.decide = Troubled(scene.random.randrange(2**32), delay_seconds=0.2, refused=0.1, cut=0.03, lost=0.03)
            time.sleep(scene.seconds(90, 20))
            scene.proxy.decide = sound
            fates = dict(scene.proxy.fates)
        scene.notes[f"calls_{number}"] = fates
        scene.require(all(fates.get(kind) for kind in ("refused", "cut", "lost")), "each kind of fault has befallen some call")


def fill_disk(scene: Scene) -> None:
    """The store's disk, a small file system, filled to its last byte under load, and emptied again after three quarters of a minute.

    The store refuses every write, the lease's renewals too: the driver stops writing, and goes on when there is room.
    """
    disk = _move_store_to_small_disk(scene)
    for number in range(1, scene.rounds + 1):
        ballast = disk / "ballast"
        with scene.fault(f"the store's disk full, {number} of {scene.rounds}"):
            _fill(ballast)
            until = time.monotonic() + scene.seconds(45, 15)
            while time.monotonic() < until:  # what the store gives up meanwhile is taken, too
                _fill(ballast)
                time.sleep(0.2)
            ballast.unlink()


def _move_store_to_small_disk(scene: Scene) -> Path:
    """The store goes on with its data on a file system of its own, which goes when the stack has stopped."""
    place = scene.private.stack.settings.data / "minio"
    former = place.with_name("minio-before")
    scene.private.kill("minio")
    place.rename(former)
    place.mkdir()
    _mount(place)
    scene.private.afterwards.callback(subprocess.run, ["umount", str(place)], check=True)
    subprocess.run(["cp", "-a", f"{former}/.", str(place)], check=True)
    scene.private.start(scene.console, "minio")
    scene.wait_until_in_bronze("with the store on its small disk")
    return place


def _fill(ballast: Path) -> None:
    try:
        with ballast.open("ab", buffering=0) as file:
            while True:
                file.write(_PIECE)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise


def _mount(place: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK_MB}m", "headwater-drill", str(place)], check=True, capture_output=True)


def _may_mount() -> None:
    """Raises Skipped where no file system can be mounted."""
    if os.geteuid() != 0:
        raise Skipped("mounting a small file system needs root")
    with tempfile.TemporaryDirectory(prefix="headwater-drill-") as place:
        try:
            _mount(Path(place))
        except (OSError, subprocess.CalledProcessError) as error:
            told = getattr(error, "stderr", b"") or str(error).encode()
            raise Skipped(f"no small file system can be mounted: {told.decode().strip()}") from error
        subprocess.run(["umount", place], check=True)


STOP_STORE = Drill("stop-store", stop_store, limit_seconds=120, rounds=2)
SLOW_STORE = Drill("slow-store", slow_store, limit_seconds=120, rounds=2, proxied=True)
FILL_DISK = Drill("fill-disk", fill_disk, limit_seconds=150, rounds=2, require=_may_mount)
