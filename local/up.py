"""Bring the stack up: fetch what is missing, start the parts, let Airflow make topics and streams, send demo data."""

from __future__ import annotations

import shutil
from collections.abc import Collection

from local.errors import DiskFull
from local.graph import run_all
from local.lock import exclusive
from local.plan import TASKS, tasks_of, work_tasks
from local.progress import Progress
from local.settings import LocalSettings
from local.stack import Stack
from local.starting import Starting
from local.work import Work

ALL_PARTS = tuple(TASKS)


def up(stack: Stack, progress: Progress, *, only: Collection[str] = ALL_PARTS, demo: bool = True) -> None:
    """Bring up the parts named; with all of them, also topics, streams and the daily batch.

    When anything fails, what this call started is stopped again.
    """
    stack.settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with exclusive(stack.settings):
        require_disk(stack.settings)
        stack.credentials.write(stack.settings)
        starting = Starting(stack)
        try:
            tasks = tasks_of(only, starting)
            if set(only) == set(ALL_PARTS):
                tasks += work_tasks(Work.of(stack), demo=demo)
            run_all(tasks, progress, on_failure=starting.take_back)
        except BaseException:
            starting.take_back()
            raise


def require_disk(settings: LocalSettings) -> None:
    """DiskFull when there is less free disk than the setting asks for, where the data or the cache is."""
    for path in (settings.home, settings.cache):
        path.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(path).free // 1_000_000
        if free < settings.free_disk_mb:
            raise DiskFull(
                f"{free} MB of disk are free and {settings.free_disk_mb} MB are asked for",
                where=str(path),
                fix="make room (`make clean` removes this stack's data), or set HEADWATER_HOME, HEADWATER_CACHE or HEADWATER_FREE_DISK_MB",
            )
