"""Run tasks in threads, each as soon as all that it needs is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from local.progress import Progress, Step


@dataclass(frozen=True)
class Task:
    """One step. Names in `needs` that no task of the run bears count as done."""

    name: str
    run: Callable[[Step], None]
    needs: tuple[str, ...] = ()


def run_all(tasks: Sequence[Task], progress: Progress, *, on_failure: Callable[[], None] = lambda: None) -> None:
    """Run all tasks. After the first failure none is begun; `on_failure` is called, what is at work is waited for, then it is raised."""
    waiting = {task.name: task for task in tasks}
    at_work: dict[Future[None], str] = {}
    failure: BaseException | None = None
    with ThreadPoolExecutor(max_workers=len(tasks) or 1) as threads:
        try:
            while waiting or at_work:
                unfinished = {*waiting, *at_work.values()}
                for task in [task for task in waiting.values() if not unfinished.intersection(task.needs)]:
                    at_work[threads.submit(_run, task, progress)] = task.name
                    del waiting[task.name]
                if not at_work:
                    raise RuntimeError(f"tasks wait for each other: {', '.join(waiting)}")
                # An interrupt that comes just before the wait does not end it: so no wait is long.
                done, _ = wait(at_work, timeout=1, return_when=FIRST_COMPLETED)
                for future in done:
                    del at_work[future]
                    future.result()
        except BaseException as error:
            failure = error
            on_failure()
    if failure:
        raise failure


def _run(task: Task, progress: Progress) -> None:
    with progress.step(task.name) as step:
        task.run(step)
