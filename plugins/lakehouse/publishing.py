"""Gold tables published to PostgreSQL, as the task `publish` after whatever builds them (docs/serving.md)."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook, task, task_group
from airflow.sdk.exceptions import AirflowNotFoundException, AirflowSkipException

from include.catalog import every_gold_table, published_tables

if TYPE_CHECKING:
    from airflow.sdk.definitions.xcom_arg import XComArg

    from jobs.serving.database import ServingSettings

log = logging.getLogger(__name__)

SERVING_CONNECTION = "headwater_serving"


def expand_and_publish(build: Any, pieces: XComArg) -> None:
    """Adds the task `build` for each piece of work, and after each the task `publish`, of any gold table that is published."""

    @task_group(prefix_group_id=False)
    def each(piece: str) -> None:
        publish_after(build(piece=piece), every_gold_table(), piece)

    each.expand(piece=pieces)


def publish_after(built: XComArg, names: Iterable[str], which: object = "") -> None:
    """Adds, within a DAG, the task `publish` after the one that builds these gold tables; no task where none of them is published.

    It publishes every day of which PostgreSQL has not what gold has, not the one alone that was just built: what failed or was switched
    off before is made up for. `which` is what the task's list shows of it: the day, or the piece of work.
    """
    if tables := published_tables(names):
        built >> _publish(tables=list(tables), which=which)  # type: ignore[operator]


@task(
    task_id="publish",
    map_index_template="{{ task.op_kwargs['which'] }}",
    max_active_tis_per_dag=1,
    execution_timeout=timedelta(hours=2),
)
def _publish(tables: list[str], which: object) -> dict[str, int]:
    """What PostgreSQL lacks of the tables, a day in a transaction; table → days published. Skipped while no connection says where to."""
    from include.settings import LakeSettings
    from jobs.serving.publish import publish

    done = publish(LakeSettings.from_environment(), serving_settings(), tables)
    days = {table: len(of_table) for table, of_table in done.items()}
    log.info("Days published: %s", days)
    return days


def serving_settings() -> ServingSettings:
    """Where gold is published to, by the connection; skips the task where there is none. Raises SettingsError where it lacks something."""
    from include.errors import SettingsError
    from jobs.serving.database import ServingSettings

    try:
        found = BaseHook.get_connection(SERVING_CONNECTION)
    except AirflowNotFoundException as absent:
        raise AirflowSkipException(f"no connection {SERVING_CONNECTION}: nothing is published") from absent
    wanted = {"host": found.host, "schema": found.schema, "login": found.login, "password": found.password}
    if lacking := [name for name, value in wanted.items() if not value]:
        fix = "give host, schema (the database), login and password"
        raise SettingsError("the connection lacks something", where=SERVING_CONNECTION, value=lacking, fix=fix)
    return ServingSettings(found.host, found.port or 5432, found.schema, found.login, found.password, found.extra_dejson)
