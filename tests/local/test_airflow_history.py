"""Logs of runs that Airflow has forgotten go with them."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.airflow_history import Kept, delete_logs

NOW = datetime(2026, 11, 30, tzinfo=UTC)
KEPT = Kept(busy=timedelta(days=7), others=timedelta(days=90))


def write(log: Path, days_ago: float) -> Path:
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("said")
    for path in (log, *log.parents[:2]):
        at = (NOW - timedelta(days=days_ago)).timestamp()
        os.utime(path, (at, at))
    return log


@pytest.mark.parametrize(
    ("dag", "days_ago", "is_kept"),
    [("watch", 6, True), ("watch", 8, False), ("daily_commerce", 8, True), ("daily_commerce", 91, False)],
)
def test_logs_of_a_run_are_kept_as_long_as_the_run(tmp_path: Path, dag: str, days_ago: float, is_kept: bool) -> None:
    log = write(tmp_path / f"dag_id={dag}" / "run_id=r" / "task_id=t" / "attempt=1.log", days_ago)
    assert delete_logs(tmp_path, KEPT, NOW) == (not is_kept)
    assert log.parents[1].exists() is is_kept


def test_a_run_that_was_cleared_lately_keeps_its_logs(tmp_path: Path) -> None:
    run = tmp_path / "dag_id=watch" / "run_id=r"
    first = write(run / "task_id=t" / "attempt=1.log", days_ago=30)
    write(run / "task_id=t" / "attempt=2.log", days_ago=30)
    os.utime(run / "task_id=t" / "attempt=2.log", (NOW.timestamp(), NOW.timestamp()))
    assert delete_logs(tmp_path, KEPT, NOW) == 0
    assert first.exists()


def test_the_dag_processors_logs_go_by_their_day(tmp_path: Path) -> None:
    days = [tmp_path / "dag_processor" / day for day in ("2026-11-22", "2026-11-23", "2026-11-30")]
    for day in days:
        day.mkdir(parents=True)
    (tmp_path / "dag_processor" / "latest").symlink_to(days[-1])
    assert delete_logs(tmp_path, KEPT, NOW) == 1
    assert [day.exists() for day in days] == [False, True, True]
