"""Spark's classes, read and checked once: an archive that each of Spark's Java processes maps (Java's class data sharing).

A third of the CPU that a Spark process takes until its first commit goes into reading classes from jars. Without an archive, or
with one of other jars, Java reads them as ever: slower, and the same otherwise.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from local import jars
from local.progress import Step
from local.settings import REPOSITORY, LocalSettings
from local.tools import java_home, java_version, package_directory

_SECONDS = 600  # for a machine with other load
_UNUSED_DAYS = 14


def fetch(settings: LocalSettings, step: Step) -> None:
    """Makes the archive of this Java and these jars, which takes a minute, unless the cache has it; this stack's Spark then takes it.

    A Java that cannot is no reason not to start: the step says so, and the log why."""
    archive = _place(settings)
    archive.parent.mkdir(parents=True, exist_ok=True)
    with (archive.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # who comes while another makes it finds it made
        step.skipped = archive.exists()
        if not step.skipped:
            step.note = "for quicker starts of Spark; takes a minute, once"
            _forget_unused(archive.parent)
            if not _make(settings, archive):
                step.note = f"none: Spark starts as slowly as ever; log: {log_file(settings)}"
                return
        os.utime(archive)  # used today
        settings.run.mkdir(parents=True, exist_ok=True)
        settings.spark_classes.unlink(missing_ok=True)
        settings.spark_classes.symlink_to(archive)


def log_file(settings: LocalSettings) -> Path:
    return settings.logs / "spark-classes.log"


def _make(settings: LocalSettings, archive: Path) -> bool:
    """Whether it could be made; whole, or not at all. What stood in the way is in the log."""
    log_file(settings).parent.mkdir(parents=True, exist_ok=True)
    try:
        return _train(settings, archive)
    except (OSError, subprocess.TimeoutExpired) as error:  # no room, or a machine with much else to do
        with log_file(settings).open("a") as log:
            print(f"{type(error).__name__}: {error}", file=log)
        return False


def _train(settings: LocalSettings, archive: Path) -> bool:
    with tempfile.TemporaryDirectory(prefix=".making-", dir=archive.parent) as folder, log_file(settings).open("wb") as log:
        partial = Path(folder, archive.name)
        environment = {**os.environ, "JAVA_HOME": str(java_home()), "HEADWATER_SPARK_JARS": str(jars.directory(settings.cache, "spark"))}
        for name in ("SPARK_REMOTE", "HEADWATER_SPARK_CLASSES"):
            environment.pop(name, None)
        command = [sys.executable, "-m", "local.class_training", str(partial), folder]
        done = subprocess.run(command, cwd=REPOSITORY, env=environment, stdout=log, stderr=log, timeout=_SECONDS, check=False)
        if done.returncode or not partial.exists():
            return False
        partial.replace(archive)
    return True


def _place(settings: LocalSettings) -> Path:
    """Java takes an archive for the very build and the very jars that it was made with, as long as these are where they were."""
    files = [*(package_directory("pyspark") / "jars").glob("*.jar"), *jars.directory(settings.cache, "spark").glob("*.jar")]
    known = sorted(f"{jar.resolve()} {jar.stat().st_size} {jar.stat().st_mtime_ns}" for jar in files)
    mark = hashlib.sha256("\n".join([java_version(), *known]).encode()).hexdigest()[:16]
    return settings.cache / "spark-classes" / f"{mark}.jsa"


def _forget_unused(folder: Path) -> None:
    """Those of former versions: 200 MB each."""
    before = time.time() - _UNUSED_DAYS * 24 * 3600
    for archive in folder.glob("*.jsa"):
        if archive.stat().st_mtime < before:
            archive.unlink(missing_ok=True)
