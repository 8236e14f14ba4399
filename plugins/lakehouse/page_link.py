"""Where the page has what a task is about: a button on each task in Airflow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from airflow.sdk import BaseOperatorLink
from airflow.sdk.configuration import conf

if TYPE_CHECKING:
    from airflow.models.taskinstancekey import TaskInstanceKey
    from airflow.sdk import BaseOperator

_DAILY = "daily_"
_VIEWS = {"ledger": "tables?layer=bronze", "maintenance": "tables", "rebuild": "tables", "topics": "feeds", "train_habitability": "planets"}
_VIEWS |= {"replay_quarantine": "tables?layer=quarantine"}
# Tasks of the daily batch that are about tables, by their names without the group's, and the layer of these.
_LAYERS = {"silver": "silver", "check": "silver", "gold": "gold", "publish": "gold"}
_ABOUT_FEEDS = ("bronze_complete", "not_late", "not_stale")


class PageLink(BaseOperatorLink):
    """The table that a task writes, or those of its layer and system; of the other tasks of a daily batch the feeds that they wait for, or
    the system's dashboard; of other DAGs the view that shows what they do, else the overview."""

    name = "Headwater"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        return f"{page_url()}/{view_of(ti_key.dag_id, ti_key.task_id, _written(operator))}".rstrip("/")


def view_of(dag: str, task: str = "", written: Sequence[str] = ()) -> str:
    """The path of the view that shows what the task does; empty: the overview. `written`: the addresses of the tables that it writes."""
    if len(written) == 1:
        return f"tables/{written[0]}"
    if not dag.startswith(_DAILY):
        return _VIEWS.get(dag, "")
    system, name = dag.removeprefix(_DAILY), task.rpartition(".")[2]
    if name in _LAYERS:
        return f"tables?layer={_LAYERS[name]}&system={system}"
    return "feeds" if name in _ABOUT_FEEDS else system


def _written(operator: BaseOperator) -> list[str]:
    """The tables among the task's outlets, which are assets as the DAG's file has them, or as Airflow's database has."""
    return [name for outlet in getattr(operator, "outlets", None) or () if (name := getattr(outlet, "name", ""))]


def page_url() -> str:
    """The address of the page, by Airflow's own."""
    return f"{conf.get('api', 'base_url', fallback='').rstrip('/')}/plugin/headwater"
