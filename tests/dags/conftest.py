"""The DAGs as Airflow reads them, from an Airflow home of their own."""

from __future__ import annotations

import pytest

import tests.airflow_home

# isort: split

from airflow.dag_processing.dagbag import DagBag


@pytest.fixture(scope="session")
def bag() -> DagBag:
    return DagBag(tests.airflow_home.ROOT / "dags")
