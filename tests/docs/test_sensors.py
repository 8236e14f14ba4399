"""The example of docs/sensors.md is a DAG that Airflow takes."""

from __future__ import annotations

import json
from pathlib import Path

import tests.airflow_home  # noqa: F401

# isort: split

from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization
from lakehouse.assets import table

from tests.pages import blocks


def test_the_example_is_a_dag(tmp_path: Path) -> None:
    (code,) = blocks("sensors.md", "python")
    (tmp_path / "orders_report.py").write_text(code)
    bag = DagBag(str(tmp_path))
    assert bag.import_errors == {}
    dag = bag.dags["orders_report"]
    assert json.dumps(DagSerialization.to_dict(dag))
    assert dag.task_dict["not_late"].upstream_task_ids == {"complete"}
    assert dag.task_dict["complete"].feeds == ("commandes_json",)


def test_a_table_is_an_asset_by_its_address() -> None:
    assert table("gold.product_sales").name == "gold.product_sales"
