"""What is told of a run while it is followed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from local.airflow_api import AirflowApi
from local.dag_runs import DagRuns
from local.following import Following


@pytest.fixture
def runs(tmp_path: Path) -> DagRuns:
    """Of an Airflow that nobody asks here: only its logs are looked at."""
    return DagRuns(AirflowApi("http://127.0.0.1:1", "user", "password"), tmp_path)


def task(name: str, state: str | None, **more: Any) -> dict[str, Any]:
    return {"task_id": name, "map_index": -1, "state": state, "try_number": 1, "duration": 2.5, "end_date": "2026-03-01T00:00:09Z", **more}


def told(runs: DagRuns, *looks: list[dict[str, Any]]) -> list[str]:
    said: list[str] = []
    following = Following(runs, "train_habitability", "r1", said.append)
    for tasks in looks:
        following.show(tasks)
    return [" ".join(line.split()) for line in said]


def test_each_task_is_told_once_when_it_ends_in_the_order_of_their_ends(runs: DagRuns) -> None:
    of_day = {"map_index": 0, "rendered_map_index": "2026-03-01"}
    silver, check = task("day.silver", "success", **of_day), task("day.check", "success", end_date="2026-03-01T00:00:01Z", **of_day)
    looks = [[task("days", "running")], [silver, check, task("days", None)], [silver, check, task("days", "failed")]]
    assert told(runs, *looks) == [
        "day.check 2026-03-01 2.5 s success",
        "day.silver 2026-03-01 2.5 s success",
        "days 2.5 s failed",
    ]


def test_a_task_that_is_tried_again_is_told_with_each_try(runs: DagRuns) -> None:
    looks = [[task("gold", "up_for_retry")], [task("gold", "running", try_number=2)], [task("gold", "success", try_number=2)]]
    assert told(runs, *looks) == ["gold 2.5 s up_for_retry after try 1", "gold 2.5 s success"]


def test_a_skipped_task_is_told_with_its_reason(runs: DagRuns, tmp_path: Path) -> None:
    log = tmp_path / "airflow" / "dag_id=train_habitability" / "run_id=r1" / "task_id=train" / "attempt=1.log"
    log.parent.mkdir(parents=True)
    log.write_text(json.dumps({"event": "Skipping task.", "reason": "too few labelled planets"}) + "\n")
    assert told(runs, [task("train", "skipped")]) == ["train 2.5 s skipped: too few labelled planets"]


def test_a_task_that_was_never_run_has_no_time(runs: DagRuns) -> None:
    assert told(runs, [task("train", "upstream_failed", duration=None, end_date=None)]) == ["train upstream_failed"]
