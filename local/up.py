"""Bring the stack up: fetch what is missing, start the parts, let Airflow make topics and streams, send demo data."""

from __future__ import annotations

from collections.abc import Collection

from include.errors import HeadwaterError
from local import preflight
from local.errors import LocalError
from local.graph import run_all
from local.lock import exclusive
from local.parts.part import wanted
from local.plan import PARTS_OF, TASKS, batch_tasks, first_things_first, tasks_of, work_tasks
from local.progress import Progress
from local.stack import Stack
from local.starting import Starting
from local.work import Work

ALL_PARTS = tuple(TASKS)


def up(stack: Stack, progress: Progress, *, only: Collection[str] = ALL_PARTS, demo: bool = True) -> None:
    """Bring up the parts named; with all of them, also topics, streams and the daily batch.

    When a part, a topic or a stream fails, what this call started is stopped again. When the daily batch does, all stays up: it is
    mended and looked at in Airflow.
    """
    stack.settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with exclusive(stack.settings):
        parts = [part for name in only for part in PARTS_OF[name] if part in wanted(stack.settings)]
        preflight.require_usable(stack.base_environment())
        preflight.check(stack.settings, parts)
        preflight.require_same_ports(stack.settings)
        stack.credentials.write(stack.settings)
        starting = Starting(stack)
        try:
            stack.settings.remember_ports()
            tasks = tasks_of(only, starting)
            work = Work.of(starting) if set(only) == set(ALL_PARTS) else None
            if work:
                tasks = first_things_first(tasks + work_tasks(work, demo=demo))
            run_all(tasks, progress, on_failure=starting.take_back)
        except BaseException:
            starting.take_back()
            stack.settings.forget_ports()
            raise
        if work:
            _batch(starting, work, progress)


def _batch(starting: Starting, work: Work, progress: Progress) -> None:
    url = starting.stack.client_environment()["AIRFLOW_URL"]
    again = "`make up` waits for it again, and then lets the other DAGs run on their schedules"
    try:
        run_all(batch_tasks(work), progress, on_failure=starting.wait_no_longer)
    except KeyboardInterrupt:
        what = "interrupted while the daily batch ran: the stack is up, and the batch goes on"
        raise LocalError(what, where=url, fix=f"{again}; `make down` stops everything") from None
    except HeadwaterError as error:
        error.what = f"the stack is up at {url}, but its daily batch is not done: {error.what}"
        error.fix = f"mend the cause; {again}\n{error.fix}"
        raise
