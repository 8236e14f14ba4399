"""Where the page has what a task is about: a button on each task in Airflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseOperatorLink
from airflow.sdk.configuration import conf

if TYPE_CHECKING:
    from airflow.models.taskinstancekey import TaskInstanceKey
    from airflow.sdk import BaseOperator

_DAILY = "daily_"
_VIEWS = {"ledger": "tables?layer=bronze", "maintenance": "tables", "rebuild": "tables", "topics": "feeds", "train_habitability": "planets"}


class PageLink(BaseOperatorLink):
    """The dashboard of the system whose day a task builds; of other DAGs the view that shows what they do, else the overview."""

    name = "Headwater"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        return f"{page_url()}/{view_of(ti_key.dag_id)}".rstrip("/")


def view_of(dag: str) -> str:
    """The path of the DAG's view on the page; empty: the overview."""
    return dag.removeprefix(_DAILY) if dag.startswith(_DAILY) else _VIEWS.get(dag, "")


def page_url() -> str:
    """The address of the page, by Airflow's own."""
    return f"{conf.get('api', 'base_url', fallback='').rstrip('/')}/plugin/headwater"
