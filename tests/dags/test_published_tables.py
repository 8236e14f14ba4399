"""The task `publish`: after whatever builds a gold table that is published, and nowhere else."""

from __future__ import annotations

import pytest
from airflow.dag_processing.dagbag import DagBag

from include import catalog
from include.errors import SettingsError
from tests.airflow_home import ROOT

# Airflow's own, from the depths of a library that it reads ignore files with.
pytestmark = pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning")


def edges(bag: DagBag) -> set[tuple[str, str, str]]:
    """DAG, task, and the `publish` right after it; but for what only says which days there are."""
    return {
        (dag.dag_id, task.task_id, after)
        for dag in bag.dags.values()
        for task in dag.tasks
        for after in task.downstream_task_ids
        if after.endswith("publish") and task.task_id != "days"
    }


def published(monkeypatch: pytest.MonkeyPatch, *names: str) -> DagBag:
    monkeypatch.setattr(catalog, "PUBLISHED", frozenset(names))
    found = DagBag(ROOT / "dags")
    assert found.import_errors == {}
    return found


def test_nothing_is_published_unless_a_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert edges(published(monkeypatch)) == set()


def test_whatever_builds_a_published_table_publishes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found = published(monkeypatch, "city_daily", "model_runs")
    assert edges(found) == {
        ("daily_smart_city", "day.gold", "day.publish"),
        ("rebuild", "day", "publish"),
        ("train_habitability", "train", "publish"),
    }
    tasks = {"daily_smart_city": "day.publish", "rebuild": "publish", "train_habitability": "publish"}
    assert {dag: found.dags[dag].get_task(task).op_kwargs["tables"] for dag, task in tasks.items()} == {
        "daily_smart_city": ["city_daily"],
        "rebuild": ["city_daily", "model_runs"],
        "train_habitability": ["model_runs"],
    }


def test_rebuild_maps_its_days_as_before(bag: DagBag) -> None:
    day = bag.dags["rebuild"].get_task("day")
    assert day.upstream_task_ids == {"days"}
    assert [group.group_id for group in day.iter_mapped_task_groups()] == ["each"]


def test_a_name_that_no_gold_table_has_is_refused_with_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "PUBLISHED", frozenset({"city_dayly"}))
    with pytest.raises(SettingsError, match=r"city_dayly.*city_daily"):
        catalog.published_tables(["city_daily"])
