"""Drills with Airflow, on the whole stack: who looks after the streams is away."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from drills.drill import Drill
from drills.scene import NotRecovered, Scene
from include.errors import HeadwaterError
from local.airflow_api import AirflowApi
from local.parts.airflow import COMPONENTS
from local.plan import TASKS

_RUN_SECONDS = 240.0  # until a run of `streams` that began after the restart has succeeded


def restart_airflow(scene: Scene) -> None:
    """Scheduler, API server, DAG processor and triggerer each killed with SIGKILL and started again, one after the other.

    The driver runs on as if nothing had been, the same process; DAG `streams` finds it again by its lease, and starts no other.
    """
    before = scene.driver_processes()
    scene.require(len(before) == 1, f"one driver runs, not {len(before)}")
    for part in COMPONENTS:
        with scene.fault(f"{part} killed"):
            scene.private.kill(part)
            time.sleep(scene.seconds(10, 2))
        scene.private.start(scene.console, "airflow")
        scene.require(scene.driver_processes() == before, f"the driver runs on after {part} was killed")
    began = datetime.now(UTC)
    waited = scene.wait(lambda: _streams_ran_since(scene, began), "a later run of DAG streams has succeeded", _RUN_SECONDS)
    scene.notes["next_run_of_streams_seconds"] = round(waited, 1)
    scene.require(scene.driver_processes() == before, "DAG streams goes on with the same driver")


def _streams_ran_since(scene: Scene, moment: datetime) -> bool:
    api = AirflowApi.from_environment(scene.private.stack.client_environment())
    try:
        runs = api.get("/dags/streams/dagRuns", start_date_gte=moment.isoformat(), limit=20)["dag_runs"]
    except HeadwaterError:  # it has just been started: asked again
        return False
    if any(run["state"] == "failed" for run in runs):
        raise NotRecovered("a run of DAG streams has failed after the restarts")
    return any(run["state"] == "success" for run in runs)


RESTART_AIRFLOW = Drill("restart-airflow", restart_airflow, limit_seconds=60, parts=tuple(TASKS))
