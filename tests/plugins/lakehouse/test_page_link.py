"""Each task in Airflow leads to what the page has of it."""

from __future__ import annotations

import pytest
from lakehouse.page_link import view_of


@pytest.mark.parametrize(
    ("dag", "view"),
    [
        ("daily_smart_city", "smart_city"),
        ("train_habitability", "planets"),
        ("ledger", "tables?layer=bronze"),
        ("streams", ""),
        ("anothers", ""),
    ],
)
def test_a_dags_tasks_lead_to_the_view_that_shows_what_it_does(dag: str, view: str) -> None:
    assert view_of(dag) == view
