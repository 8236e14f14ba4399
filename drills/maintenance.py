"""Drills with the batch: days built again while their tables are looked after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from drills.drill import Drill, Skipped
from drills.scene import NotRecovered, Scene
from local.airflow_api import AirflowApi
from local.dag_runs import DagRuns
from local.errors import AirflowFailed
from local.plan import TASKS
from local.settings import REPOSITORY

SYSTEM = "commerce"
DAGS = ("rebuild", "maintenance")
_RECORDS = 500  # of each feed and day
_RUN_SECONDS = 900.0


def backfill_during_maintenance(scene: Scene) -> None:
    """Two past days of a system built, then built again by DAG `rebuild` while DAG `maintenance` compacts and vacuums the same tables, and
    the stream goes on.

    Both runs succeed: they conflict never, or try again until they are through.
    """
    stack = scene.private.stack
    runs = DagRuns(AirflowApi.from_environment(stack.client_environment()), stack.settings.logs)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    span = (today - timedelta(days=3), today - timedelta(days=1))
    topics = [each.topic.name for each in scene.contracts if each.system == SYSTEM]
    scene.wait_for_load(scene.send(*topics, once=True, rate=1000.0, count=2 * _RECORDS, span=span))
    scene.wait_until_in_bronze("the past days")
    for dag in DAGS:
        runs.unpause(dag)
    days = {"from_day": str(span[0].date()), "to_day": str(span[1].date() - timedelta(days=1))}
    rebuild = {"tables": [SYSTEM], "action": "apply", **days}
    _finish(scene, runs, {"rebuild": runs.trigger("rebuild", rebuild)})
    for number in range(1, scene.rounds + 1):
        with scene.fault(f"rebuild and maintenance at once, {number} of {scene.rounds}"):
            _finish(scene, runs, {"rebuild": runs.trigger("rebuild", rebuild), "maintenance": runs.trigger("maintenance")})


def _finish(scene: Scene, runs: DagRuns, asked: dict[str, str]) -> None:
    for dag, run in asked.items():
        scene.say(f"{dag}: {run}")
        try:
            runs.wait(dag, run, seconds=_RUN_SECONDS)
        except AirflowFailed as error:
            raise NotRecovered(f"{dag}: {error}") from error


def _has_dags() -> None:
    """Raises Skipped for a version that has not got them."""
    if missing := [dag for dag in DAGS if not (REPOSITORY / "dags" / "platform" / f"{dag}.py").exists()]:
        raise Skipped(f"this version has no DAG {' and no DAG '.join(missing)}")


BACKFILL_DURING_MAINTENANCE = Drill(
    "backfill-during-maintenance", backfill_during_maintenance, limit_seconds=60, rounds=2, parts=tuple(TASKS), require=_has_dags
)
