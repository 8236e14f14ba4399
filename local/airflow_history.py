"""Old runs of DAGs: deleted from Airflow's database, once a day, and their logs with them.

No task may do it, as Airflow keeps its database from them. `python -m local.airflow_history` is a process that waits, and is small: a child
of its own, the same with `--now`, has Airflow in its memory for as long as it cleans, and works by the settings of Airflow's processes.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

# They run all the time, streams and watch once a minute.
BUSY_DAGS = ("streams", "watch", "ledger")
FIRST_SECONDS = 600.0  # a stack that comes up has other things to do
EVERY_SECONDS = 86_400.0
AGAIN_SECONDS = 3600.0  # after one that failed or was ended
MOST_SECONDS = 900.0
_BATCH_ROWS = 5000  # of one transaction: what was deleted when the time is over stays deleted
# What grows with the runs. With a run go its tasks, their XComs and all else that names it.
_TABLES = ("dag_run", "log")


@dataclass(frozen=True)
class Kept:
    """For how long runs are kept after they started: those of the busy DAGs, and those of all others."""

    busy: timedelta
    others: timedelta

    def of(self, dag: str) -> timedelta:
        return self.busy if dag in BUSY_DAGS else self.others


def delete_runs(kept: Kept, now: datetime) -> None:
    """Deletes older runs in Airflow's database, but the last scheduled one of each DAG, from which it counts on. What is done twice
    deletes nothing more. Raises RuntimeError where older ones are left."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.db_cleanup import run_cleanup
    from airflow.utils.session import create_session
    from sqlalchemy import func, select

    which = ((kept.busy, "dag_ids", DagRun.dag_id.in_(BUSY_DAGS)), (kept.others, "exclude_dag_ids", DagRun.dag_id.not_in(BUSY_DAGS)))
    for age, chosen, are_chosen in which:
        # It warns of the table of deadlines, which it cannot choose by DAG: they go with their runs, and we have none. So it cannot be
        # asked to fail of what fails, and what it has done is counted.
        how = {"table_names": list(_TABLES), "confirm": False, "skip_archive": True, "batch_size": _BATCH_ROWS}
        run_cleanup(clean_before_timestamp=now - age, **{chosen: list(BUSY_DAGS)}, **how)
        with create_session() as session:
            counted = select(func.count() - func.count(DagRun.dag_id.distinct())).where(are_chosen, DagRun.start_date < now - age)
            if left := session.scalar(counted):
                raise RuntimeError(f"{left} runs are older than {age}, and were not deleted")


def delete_logs(logs: Path, kept: Kept, now: datetime) -> int:
    """Deletes the logs of tasks of older runs, to which nothing was written since, and the DAG processor's of older days. How many
    folders these were."""
    old = [*_old_runs(logs, kept, now), *_old_days(logs, (now - kept.busy).date())]
    for folder in old:
        shutil.rmtree(folder)
    return len(old)


def _old_runs(logs: Path, kept: Kept, now: datetime) -> Iterator[Path]:
    for run in logs.glob("dag_id=*/run_id=*"):
        before = (now - kept.of(run.parent.name.removeprefix("dag_id="))).timestamp()
        if all(path.stat().st_mtime < before for path in (run, *run.rglob("*"))):
            yield run


def _old_days(logs: Path, before: date) -> list[Path]:
    return [day for day in logs.glob("dag_processor/????-??-??") if day.name < before.isoformat()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--busy-days", type=int, required=True, help=f"for how long runs of {', '.join(BUSY_DAGS)} are kept")
    parser.add_argument("--days", type=int, required=True, help="for how long runs of the others are kept")
    parser.add_argument("--logs", type=Path, required=True, help="Airflow's folder of logs")
    parser.add_argument("--now", action="store_true", help="once, at once")
    asked = parser.parse_args()
    if asked.now:
        kept, now = Kept(timedelta(days=asked.busy_days), timedelta(days=asked.days)), datetime.now(UTC)
        delete_runs(kept, now)
        print(f"logs of {delete_logs(asked.logs, kept, now)} runs and days deleted")
        return
    time.sleep(FIRST_SECONDS)
    while True:
        time.sleep(EVERY_SECONDS if _clean() else AGAIN_SECONDS)


def _clean() -> bool:
    """Whether a child of this process did it, in time."""
    command = [sys.executable, "-m", "local.airflow_history", *sys.argv[1:], "--now"]
    try:
        done = subprocess.run(command, check=False, timeout=MOST_SECONDS).returncode == 0
    except subprocess.TimeoutExpired:
        done = False
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} old runs are {'deleted' if done else 'not deleted, or not all'}", flush=True)
    return done


if __name__ == "__main__":
    main()
