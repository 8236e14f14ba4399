"""What every DAG keeps to, asked of the DAGs as Airflow reads them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization
from lakehouse.mail import FailureMail

from include.catalog import GOLD, gold_tables, silver_tables
from include.contract_files import feeds_by_system
from local import airflow_pool
from tests.airflow_home import ROOT

# Airflow's own, from the depths of a library that it reads ignore files with.
pytestmark = pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning")

SYSTEMS = tuple(feeds_by_system())
DAG_IDS = (
    *[f"daily_{system}" for system in SYSTEMS],
    *("ledger", "maintenance", "rebuild", "replay_quarantine", "streams", "topics", "train_habitability", "watch"),
)


@pytest.fixture(params=DAG_IDS)
def dag(request: pytest.FixtureRequest, bag: DagBag) -> DAG:
    return bag.dags[request.param]


def test_every_file_is_read_without_an_error(bag: DagBag) -> None:
    assert bag.import_errors == {}


def test_these_tests_know_every_dag(bag: DagBag) -> None:
    assert sorted(bag.dags) == sorted(DAG_IDS)


def test_reading_the_dags_brings_no_heavy_client_along() -> None:
    """In a process of its own: this one has long imported everything. Airflow reads each file twice a minute."""
    script = (
        "import sys, airflow.sdk, airflow.dag_processing.dagbag as d; before = set(sys.modules)\n"
        f"bag = d.DagBag({str(ROOT / 'dags')!r})\n"
        "heavy = {'pyspark', 'delta', 'deltalake', 'boto3', 'pandas', 'pyarrow', 'duckdb', 'ibis', 'confluent_kafka'}\n"
        "import json; print('HEAVY', json.dumps(sorted(heavy & (set(sys.modules) - before))), bag.import_errors)"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    assert next(line for line in run.stdout.splitlines() if line.startswith("HEAVY")) == "HEAVY [] {}"


def test_every_file_is_read_within_the_time_that_airflow_allows(bag: DagBag) -> None:
    """30 seconds, here with room for a busy machine."""
    assert {stat.file: stat.duration for stat in bag.dagbag_stats if stat.duration.total_seconds() > 10} == {}


def test_documentation_shows_the_flow_and_what_to_do_on_failure(dag: DAG) -> None:
    assert [wanted for wanted in (" → ", "**On failure**") if wanted not in (dag.doc_md or "")] == []
    assert (dag.doc_md or "").startswith(f"### {dag.description}\n")


def test_dag_has_tags_and_no_catch_up_and_one_run_at_a_time(dag: DAG) -> None:
    assert (bool(dag.tags), dag.catchup, dag.max_active_runs) == (True, False, 1)


def first(callbacks: object) -> object:
    """A mapped task has its callback as it was given, any other has a list."""
    return callbacks[0] if isinstance(callbacks, list | tuple) else callbacks


def test_every_task_has_an_owner_and_retries_with_backoff_and_then_mails(dag: DAG) -> None:
    lacking = [
        task.task_id
        for task in dag.tasks
        if not (
            task.owner == "headwater"
            and task.retries >= 1
            and task.retry_exponential_backoff > 1
            and isinstance(first(task.on_failure_callback), FailureMail)
        )
    ]
    assert lacking == []


def test_every_field_of_a_form_has_a_type_and_says_what_it_is_for(dag: DAG) -> None:
    forms = {name: dag.params.get_param(name) for name in dag.params}
    assert [name for name, form in forms.items() if not ({"type", "enum"} & set(form.schema) and form.description)] == []


def test_dag_survives_the_way_into_the_database(dag: DAG) -> None:
    stored = json.loads(json.dumps(DagSerialization.to_dict(dag)))
    assert sorted(DagSerialization.from_dict(stored).task_dict) == sorted(dag.task_dict)


@pytest.mark.parametrize("system", SYSTEMS)
def test_daily_batch_announces_every_table_that_it_builds(bag: DagBag, system: str) -> None:
    announced = {asset.name for task in bag.dags[f"daily_{system}"].tasks for asset in task.outlets}
    feeds = feeds_by_system()[system]
    silver = {f"silver.{name}" for feed in feeds for name in silver_tables(feed)}
    assert announced == silver | {f"gold.{name}" for name in gold_tables(system, feeds)}


def test_every_gold_table_of_the_catalogue_has_the_silver_that_it_is_computed_from() -> None:
    buildable = {system: gold_tables(system, feeds) for system, feeds in feeds_by_system().items()}
    assert {system: buildable[system] for system in GOLD} == GOLD


def test_the_tasks_that_build_days_and_no_others_are_in_the_pool_that_the_stack_makes(bag: DagBag) -> None:
    pools = {f"{dag.dag_id}.{task.task_id}": task.pool for dag in bag.dags.values() for task in dag.tasks}
    builders = {f"daily_{system}.day.{layer}" for system in SYSTEMS for layer in ("silver", "gold")} | {"rebuild.day"}
    assert {name: pool for name, pool in pools.items() if pool != "default_pool"} == dict.fromkeys(builders, airflow_pool.NAME)


def test_each_asset_has_one_producer(bag: DagBag) -> None:
    producers = defaultdict(set)
    for dag in bag.dags.values():
        for task in dag.tasks:
            for asset in task.outlets:
                producers[asset.name].add(f"{dag.dag_id}.{task.task_id}")
    assert producers
    assert {name: sorted(tasks) for name, tasks in producers.items() if len(tasks) > 1} == {}
