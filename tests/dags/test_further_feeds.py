"""What a further contract file does to the daily batch: its tables are the system's, and a new system has a DAG."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag

from tests.airflow_home import ROOT
from tests.pages import add_weather

# Airflow's own, from the depths of a library that it reads ignore files with.
pytestmark = pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning")


@pytest.fixture
def contracts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the contracts, which the settings name."""
    folder = tmp_path / "contracts"
    shutil.copytree(ROOT / "include/schemas", folder)
    monkeypatch.setenv("HEADWATER_CONTRACTS", str(folder))
    return folder


def read_dags() -> DagBag:
    bag = DagBag(ROOT / "dags")
    assert bag.import_errors == {}
    return bag


def announced(bag: DagBag, dag: str) -> set[str]:
    return {asset.name for task in bag.dags[dag].tasks for asset in task.outlets}


def test_further_feed_of_a_system_is_among_the_tables_of_its_daily_batch(bag: DagBag, contracts: Path) -> None:
    add_weather(contracts)
    found = read_dags()
    assert sorted(found.dags) == sorted(bag.dags)
    assert announced(found, "daily_smart_city") - announced(bag, "daily_smart_city") == {"silver.weather"}


def test_further_system_has_a_daily_batch_of_the_same_shape(bag: DagBag, contracts: Path) -> None:
    add_weather(contracts, system="weather_service")
    found = read_dags()
    assert set(found.dags) - set(bag.dags) == {"daily_weather_service"}
    assert announced(found, "daily_weather_service") == {"silver.weather"}
    dag, like = found.dags["daily_weather_service"], bag.dags["daily_crypto"]
    assert sorted(dag.task_dict) == sorted(like.task_dict)
    assert (dag.timetable, dag.max_active_runs, dag.catchup) == (like.timetable, like.max_active_runs, like.catchup)
    assert "weather" in dag.doc_md
    assert "**On failure**" in dag.doc_md


def test_system_without_any_contract_is_an_import_error_that_names_the_folder(contracts: Path) -> None:
    shutil.rmtree(contracts / "crypto")
    (told,) = DagBag(ROOT / "dags").import_errors.items()
    assert told[0] == str(ROOT / "dags/crypto/daily_crypto.py")
    assert str(contracts / "crypto") in told[1]
