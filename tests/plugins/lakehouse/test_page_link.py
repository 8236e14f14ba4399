"""Each task in Airflow leads to what the page has of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from airflow.models.taskinstancekey import TaskInstanceKey
from lakehouse import assets
from lakehouse.page_link import PageLink, view_of


@pytest.mark.parametrize(
    ("dag", "task", "view"),
    [
        ("daily_smart_city", "days", "smart_city"),
        ("daily_smart_city", "bronze_complete", "feeds"),
        ("daily_smart_city", "day.silver", "tables?layer=silver&system=smart_city"),
        ("daily_smart_city", "day.gold", "tables?layer=gold&system=smart_city"),
        ("train_habitability", "train", "planets"),
        ("ledger", "audit", "tables?layer=bronze"),
        ("streams", "reconcile", ""),
        ("anothers", "gold", ""),
    ],
)
def test_a_task_leads_to_the_view_that_shows_what_it_does(dag: str, task: str, view: str) -> None:
    assert view_of(dag, task) == view


@pytest.mark.parametrize(
    ("outlets", "view"),
    [
        ([assets.table("gold.model_runs")], "tables/gold.model_runs"),
        ([assets.table("gold.a"), assets.table("gold.b")], "tables?layer=gold&system=planets"),
        ([], "tables?layer=gold&system=planets"),
    ],
)
def test_a_task_that_writes_one_table_leads_to_it(outlets: list[Any], view: str) -> None:
    key = TaskInstanceKey("daily_planets", "day.gold", "run", 1, 0)
    link = PageLink().get_link(SimpleNamespace(outlets=outlets), ti_key=key)  # type: ignore[arg-type]
    assert link.endswith(f"/plugin/headwater/{view}")
