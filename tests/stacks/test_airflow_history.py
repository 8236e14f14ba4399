"""Old runs leave a real database of Airflow's, on PostgreSQL, with all that hangs on them; what a person would look at stays."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import connection

from local import launch
from local.parts import airflow, postgres
from local.private_stack import stack_at
from local.stack import Stack

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = stack_at(tmp_path_factory.mktemp("history"))
    try:
        postgres.prepare(stack)
        launch.ensure(stack.settings, postgres.part(stack))
        airflow.prepare(stack)
        yield stack
    finally:
        launch.stop(stack.settings, "postgres")


@pytest.fixture
def database(stack: Stack) -> Iterator[connection]:
    opened = psycopg2.connect(postgres.address(stack, driver="psycopg2").replace("+psycopg2", ""))
    opened.autocommit = True
    yield opened
    opened.close()


def run(database: connection, dag: str, days_ago: float, run_type: str = "scheduled") -> str:
    """A run with a task, a second try, an XCom and a line of the audit log."""
    at, run_id = NOW - timedelta(days=days_ago), f"{dag} {days_ago}"
    with database.cursor() as cursor:
        cursor.execute(
            "insert into dag_run (dag_id, run_id, run_type, run_after, start_date, state, clear_number, span_status)"
            " values (%s, %s, %s, %s, %s, 'success', 0, 'ended') returning id",
            (dag, run_id, run_type, at, at),
        )
        (number,) = cursor.fetchone()
        task = (str(uuid.uuid4()), dag, run_id, at)
        columns = "task_id, map_index, try_number, max_tries, pool, pool_slots, state, span_status"
        values = "'t', -1, 1, 1, 'default_pool', 1, 'success', 'ended'"
        cursor.execute(f"insert into task_instance (id, dag_id, run_id, start_date, {columns}) values (%s, %s, %s, %s, {values})", task)
        cursor.execute(
            "insert into xcom (dag_run_id, task_id, map_index, key, dag_id, run_id, value, timestamp)"
            " values (%s, 't', -1, 'k', %s, %s, '1', %s)",
            (number, dag, run_id, at),
        )
        cursor.execute("insert into log (dttm, dag_id, run_id, event) values (%s, %s, %s, 'success')", (at, dag, run_id))
    return run_id


def kept(database: connection, table: str) -> set[str]:
    with database.cursor() as cursor:
        cursor.execute(f"select run_id from {table}")
        return {run_id for (run_id,) in cursor.fetchall()}


def clean(stack: Stack) -> None:
    part = airflow.history(stack)
    done = subprocess.run([*part.command, "--now"], env=part.environment, cwd=part.directory, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_old_runs_go_with_all_that_names_them_and_the_others_stay(stack: Stack, database: connection) -> None:
    old = {run(database, "watch", days) for days in (8, 9, 400)} | {
        run(database, "daily_commerce", 91),
        run(database, "rebuild", 91, "manual"),
    }
    stay = {run(database, "watch", days) for days in (0, 6)} | {run(database, "daily_commerce", days) for days in (8, 89)}
    last = run(database, "daily_crypto", 200)  # of a DAG that is paused since: its schedule counts on from it
    clean(stack)
    assert kept(database, "dag_run") == stay | {last}
    for table in ("task_instance", "xcom", "log"):
        assert old.isdisjoint(kept(database, table)), table
        assert stay <= kept(database, table), table
    with database.cursor() as cursor:  # what Airflow moves rows to before it deletes them
        cursor.execute("select count(*) from pg_tables where tablename like '\\_airflow\\_deleted%'")
        assert cursor.fetchone() == (0,)


def test_a_month_of_runs_each_minute_is_deleted_in_a_few_batches(stack: Stack, database: connection, tmp_path: Path) -> None:
    with database.cursor() as cursor:
        cursor.execute(
            "insert into dag_run (dag_id, run_id, run_type, run_after, start_date, state, clear_number, span_status)"
            " select 'streams', 'm' || n, 'scheduled', at, at, 'success', 0, 'ended'"
            " from (select n, now() - interval '8 days' - n * interval '1 minute' as at from generate_series(1, 43200) as n) as minutes"
        )
        cursor.execute(
            "insert into task_instance (id, task_id, dag_id, run_id, map_index, start_date, try_number, max_tries, pool, pool_slots, state,"
            " span_status) select gen_random_uuid(), 't', dag_id, run_id, -1, start_date, 1, 1, 'default_pool', 1, 'success', 'ended'"
            " from dag_run where dag_id = 'streams'"
        )
    run(database, "streams", 0)
    clean(stack)
    assert kept(database, "dag_run") & {f"m{n}" for n in range(43_201)} == set()
