"""Keeping the batch's tables small and quick to open: what the tasks of the DAG `maintenance` do.

Bronze and live are not among them: their stream drivers look after them (jobs/stream/upkeep.py).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param

from include.errors import MaintenanceFailed
from include.words import many

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from include.maintenance import Maintained
    from include.settings import LakeSettings

log = logging.getLogger(__name__)

OPS = "ops"


def form() -> dict[str, Param]:
    return {
        "tables": Param(
            [],
            type="array",
            items={"type": "string"},
            title="Tables",
            description="Such as gold.traffic_5m. Empty: all of silver, its other sides, gold and ops.",
        ),
        "dry_run": Param(False, type="boolean", title="Dry run", description="Say what would be compacted and deleted, and do nothing."),
    }


def maintain_spark_tables(spark: SparkSession, params: Mapping[str, Any], run_id: str) -> list[str]:
    """What was done to each table that Spark writes, in words. One after the other: the streams and a build go on beside it."""
    from include.maintenance import MaintenanceSettings, chosen, spark_tables
    from include.settings import LakeSettings
    from jobs.maintain.spark_tables import maintain

    lake, settings = LakeSettings.from_environment(), MaintenanceSettings.from_environment()
    listed = [address for address in params["tables"] if not address.startswith(f"{OPS}.")]
    if params["tables"] and not listed:
        return []
    tables = chosen(listed, spark_tables())
    return _each(lake, tables, lambda address: maintain(spark, lake, address, settings, run_id, params["dry_run"]), params["dry_run"])


def maintain_ops_tables(params: Mapping[str, Any], run_id: str) -> list[str]:
    """The same, of the tables of the layer ops."""
    from include.maintenance import MaintenanceSettings, chosen
    from include.settings import LakeSettings
    from include.table_listing import tables_of_layer
    from jobs.maintain.ops_tables import maintain

    lake, settings = LakeSettings.from_environment(), MaintenanceSettings.from_environment()
    listed = [address for address in params["tables"] if address.startswith(f"{OPS}.")]
    if params["tables"] and not listed:
        return []
    tables = chosen(listed, tables_of_layer(lake, OPS))
    return _each(lake, tables, lambda address: maintain(lake, address, settings, run_id, params["dry_run"]), params["dry_run"])


def _each(lake: LakeSettings, tables: Sequence[str], maintain: Callable[[str], Maintained | None], dry_run: bool) -> list[str]:
    """What was done, in words, and in ops.maintenance unless nothing was. One table's failure stops it alone; all are raised at the end."""
    from include.maintenance import put

    done: list[Maintained] = []
    failed: dict[str, Exception] = {}
    for address in tables:
        try:
            one = maintain(address)
        except Exception as error:  # whatever it is, the other tables are looked after, and then it is raised
            log.exception("%s could not be looked after", address)
            failed[address] = error
            continue
        if one is not None:
            log.info("%s%s", "would be, " if dry_run else "", one)
            done.append(one)
    if not dry_run:
        put(lake, done)
    if failed:
        what = f"{len(failed)} of {many(len(tables), 'table')} could not be looked after"
        told = {address: str(error)[:500] for address, error in failed.items()}
        raise MaintenanceFailed(what, where=", ".join(failed), value=told, fix="mend what the log says, and clear the task")
    return [str(one) for one in done]
