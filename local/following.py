"""Following a DAG run: a line for each task as it ends, and why it was skipped or is tried again."""

from __future__ import annotations

from collections.abc import Callable

from local.airflow_api import Json
from local.dag_runs import DagRuns
from local.task_logs import skipped_because

# The longest that a run may stand still: its sensors wait for the streams for an hour each.
STANDSTILL_SECONDS = 2 * 3600.0
_TOLD = ("success", "failed", "skipped", "upstream_failed", "up_for_retry", "removed")


class Following:
    """One run, told line by line. A state is told once; a task that is tried again is told anew."""

    def __init__(self, runs: DagRuns, dag: str, run: str, say: Callable[[str], None]) -> None:
        self._runs, self._dag, self._run, self._say = runs, dag, run, say
        self._told: set[tuple[str, ...]] = set()

    def to_its_end(self) -> None:
        """Return when the run has succeeded; AirflowFailed, with the failing task's log, when it has not."""
        self._runs.wait(self._dag, self._run, seconds=STANDSTILL_SECONDS, show=self.show)

    def show(self, tasks: list[Json]) -> None:
        ended = [task for task in tasks if task["state"] in _TOLD]
        for task in sorted(ended, key=lambda task: str(task.get("end_date") or "~")):
            mark = tuple(str(task.get(fact)) for fact in ("task_id", "map_index", "state", "try_number"))
            if mark not in self._told:
                self._told.add(mark)
                self._say(self._line(task))

    def _line(self, task: Json) -> str:
        day, seconds = task.get("rendered_map_index"), task.get("duration")
        name = f"{task['task_id']} {day}" if day is not None and int(str(task.get("map_index", -1))) >= 0 else str(task["task_id"])
        took = f"{float(str(seconds)):6.1f} s" if seconds is not None else " " * 8
        return f"  {name:<34} {took}  {task['state']}{self._because(task)}"

    def _because(self, task: Json) -> str:
        if task["state"] == "skipped":
            reason = skipped_because(self._runs.log(self._dag, self._run, task))
            return f": {reason}" if reason else ""
        return f" after try {task['try_number']}" if task["state"] == "up_for_retry" else ""
