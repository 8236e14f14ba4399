"""DAGs and their runs, by Airflow's REST API: wait until a DAG is there, let it run, wait for the end, say what failed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from local.airflow_api import AirflowApi, Json
from local.errors import AirflowFailed
from local.task_logs import why

_POLL_SECONDS = 1.0
_SILENCE_SECONDS = 120.0
_PAGE = 100
NOT_FOUND, CONFLICT = 404, 409


@dataclass(frozen=True)
class DagRuns:
    """The DAGs of one Airflow. `still_up` is called while waiting, and raises when Airflow itself has died; logs are below `logs`."""

    api: AirflowApi
    logs: Path
    still_up: Callable[[], None] = lambda: None

    def wait_for_dags(self, names: Iterable[str], *, seconds: float) -> None:
        """Return when Airflow has read all of these DAGs; AirflowFailed with its import errors when it does not in time."""
        deadline = time.monotonic() + seconds
        missing = list(names)
        while missing := [name for name in missing if self._find(f"/dags/{name}") is None]:
            self.still_up()
            if time.monotonic() > deadline:
                raise AirflowFailed(
                    f"Airflow has not read the DAGs {', '.join(missing)} after {seconds:.0f} s",
                    where=f"log: {self.logs / 'airflow-dag-processor.log'}",
                    value=self._import_errors() or None,
                    fix="mend the file that the import error names; Airflow reads it again by itself",
                )
            time.sleep(_POLL_SECONDS)

    def unpause(self, dag: str) -> None:
        self.api.patch(f"/dags/{dag}?update_mask=is_paused", {"is_paused": False})

    def is_paused(self, dag: str) -> bool:
        return bool(self._get(f"/dags/{dag}")["is_paused"])

    def names(self) -> list[str]:
        """All DAGs that Airflow knows and that have not gone."""
        return [str(dag["dag_id"]) for dag in self._get("/dags", limit=100, exclude_stale=True)["dags"]]

    def form(self, dag: str) -> Json:
        """Field → JSON schema of what the DAG's form asks; AirflowFailed for a DAG that is paused, as its runs would wait for ever."""
        found = self._get(f"/dags/{dag}/details")
        if found["is_paused"]:
            fix = f"`headwater airflow dags unpause {dag}`, or its switch in Airflow"
            raise AirflowFailed("the DAG is paused", where=f"{self.api.url}/dags/{dag}", value=dag, fix=fix)
        return {name: param.get("schema") or {} for name, param in (found["params"] or {}).items()}

    def trigger(self, dag: str, conf: Json | None = None) -> str:
        """Ask for a run without a logical date; returns its id."""
        return str(self.api.post(f"/dags/{dag}/dagRuns", {"logical_date": None, "conf": conf or {}})["dag_run_id"])

    def trigger_once(self, dag: str, conf: Json) -> str:
        """The id of a run with this conf that is not done: one that an earlier `up` has asked for, else a new one."""
        waiting = self._get(f"/dags/{dag}/dagRuns", state=["queued", "running"], limit=100)["dag_runs"]
        found = [str(run["dag_run_id"]) for run in waiting if run["conf"] == conf]
        return found[0] if found else self.trigger(dag, conf)

    def trigger_day(self, dag: str, day: date) -> str:
        """The id of the run whose data interval is the UTC day: the one that is there already, cleared if it had failed, else a new one."""
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        found = self._get(f"/dags/{dag}/dagRuns", logical_date_gte=start.isoformat(), logical_date_lte=start.isoformat())["dag_runs"]
        if found:
            run = str(found[0]["dag_run_id"])
            self._try_again(dag, found[0])
            return run
        interval = {"data_interval_start": start.isoformat(), "data_interval_end": (start + timedelta(days=1)).isoformat()}
        try:
            return str(self.api.post(f"/dags/{dag}/dagRuns", {"logical_date": start.isoformat(), "conf": {}, **interval})["dag_run_id"])
        except AirflowFailed as error:
            if error.value == CONFLICT:  # the scheduler was faster
                return self.trigger_day(dag, day)
            raise

    def resume(self, dag: str, run: str) -> bool:
        """Has a run that failed tried again; whether the run is yet to succeed. False where there is none."""
        found = self._find(_path(dag, run))
        if found is None:
            return False
        self._try_again(dag, found)
        return found["state"] != "success"

    def _try_again(self, dag: str, run: Json) -> None:
        """Clears what failed of the run, if it has failed."""
        if run["state"] == "failed":
            self.api.post(f"{_path(dag, str(run['dag_run_id']))}/clear", {"dry_run": False, "only_failed": True})

    def wait(
        self,
        dag: str,
        run: str,
        *,
        seconds: float,
        tell: Callable[[str], None] = lambda _: None,
        show: Callable[[list[Json]], None] = lambda _: None,
    ) -> None:
        """Return when the run has succeeded; AirflowFailed, with task and log, when it fails or nothing in it moves for so long.

        Meanwhile `tell` gets a line that says what is at work, and `show` all task instances, these once more at the end.
        """
        deadline, before = time.monotonic() + seconds, ""
        while True:
            state, tasks = self._get(_path(dag, run))["state"], self._tasks(dag, run)
            show(tasks)
            if state == "success":
                return
            self.still_up()
            tell(f"{state}{_at_work(tasks)}")
            if (now := _standing(tasks)) != before:
                deadline, before = time.monotonic() + seconds, now
            if state == "failed" or time.monotonic() > deadline:
                word = "failed" if state == "failed" else f"has not moved for {seconds:.0f} s"
                raise self._failure(dag, run, f"the run {run} of the DAG {dag} {word}")
            time.sleep(_POLL_SECONDS)

    def _get(self, path: str, **query: object) -> Json:
        """The answer. One that does not come is asked for again for a while: a busy machine is no reason to give up."""
        deadline = time.monotonic() + _SILENCE_SECONDS
        while True:
            try:
                return self.api.get(path, **query)
            except AirflowFailed as error:
                if error.value is not None or time.monotonic() > deadline:
                    raise
                self.still_up()
                time.sleep(_POLL_SECONDS)

    def _find(self, path: str) -> Json | None:
        try:
            return self._get(path)
        except AirflowFailed as error:
            if error.value == NOT_FOUND:
                return None
            raise

    def _tasks(self, dag: str, run: str) -> list[Json]:
        """All task instances, in Airflow's order; it hands out a hundred at a time."""
        found: list[Json] = []
        while True:
            page = self._get(f"{_path(dag, run)}/taskInstances", limit=_PAGE, offset=len(found), order_by="id")["task_instances"]
            found += page
            if len(page) < _PAGE:
                return found

    def _failure(self, dag: str, run: str, what: str) -> AirflowFailed:
        troubled = [task for task in self._tasks(dag, run) if task["state"] in ("failed", "up_for_retry", "running", "deferred")]
        troubled.sort(key=lambda task: task["state"] != "failed")
        if not troubled:
            return AirflowFailed(what, where=f"{self.api.url}/dags/{dag}/runs/{run}", fix="see `headwater logs airflow-scheduler`")
        task = troubled[0]
        log = self.log(dag, run, task)
        return AirflowFailed(what, where=f"task {task['task_id']} ({task['state']}), log: {log}", fix=f"the log says:\n{why(log)}")

    def told(self, dag: str, run: str, task: str, key: str) -> Json:
        """What the task of the run has left under that key for whoever asks: an XCom with named values."""
        value = self._get(f"{_path(dag, run)}/taskInstances/{task}/xcomEntries/{key}")["value"]
        return dict(json.loads(value) if isinstance(value, str) else value)  # type: ignore[call-overload]

    def log(self, dag: str, run: str, task: Json) -> Path:
        """The log file of the task's last try."""
        folder = self.logs / "airflow" / f"dag_id={dag}" / f"run_id={run}" / f"task_id={task['task_id']}"
        if int(str(task.get("map_index", -1))) >= 0:
            folder /= f"map_index={task['map_index']}"
        return folder / f"attempt={task['try_number']}.log"

    def result(self, dag: str, run: str, task: str) -> Any:
        """What a task of the run has returned, as JSON has it."""
        found = self._get(f"{_path(dag, run)}/taskInstances/{task}/xcomEntries/return_value")["value"]
        return json.loads(found) if isinstance(found, str) else found

    def _import_errors(self) -> str:
        errors = self._get("/importErrors", limit=5)["import_errors"]
        return "\n".join(f"{error['filename']}: {error['stack_trace']}" for error in errors)


def _at_work(tasks: list[Json]) -> str:
    names = [str(task["task_id"]) for task in tasks if task["state"] in ("running", "deferred")]
    failing = [f"{task['task_id']} failed at try {task['try_number']}, is tried again" for task in tasks if task["state"] == "up_for_retry"]
    return f": {', '.join(names + failing)}" if names or failing else ""


def _standing(tasks: list[Json]) -> str:
    """Which task is where; it changes with every step of the run."""
    facts = ("task_id", "map_index", "state", "try_number")
    return str(sorted([str(task.get(fact)) for fact in facts] for task in tasks))


def _path(dag: str, run: str) -> str:
    return f"/dags/{dag}/dagRuns/{quote(run, safe='')}"
