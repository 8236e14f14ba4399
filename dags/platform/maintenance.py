"""
### Tables kept small and quick to open

silver, its other sides and gold → compact days of several files, delete files past the horizon → `ops.maintenance`; `ops` tables → the same

Every night. A version of a table stays whole for HEADWATER_KEEP_DAYS (7) after another took its place: readers that have opened it go on,
and a rebuild can be undone for as long. Files that no kept version names go too, whoever left them. No row is changed, and a build of
the same day meanwhile wins: the compaction is tried again. Bronze and live are looked after by the stream drivers that write them.
With *dry run* the log says what would be done.

**On failure**

- `silver_and_gold`, `ops`: the log names each table with its error, and the others are done. Clearing is always safe.
- An error that names HEADWATER_KEEP_DAYS: in Airflow's environment it is no whole number of days from 1 to 30.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, get_current_context, task
from lakehouse.daily import SPARK_CONNECTION
from lakehouse.defaults import documented, task_defaults
from lakehouse.maintaining import form

with DAG(
    "maintenance",
    **documented(__doc__),
    schedule=CronTriggerTimetable("20 3 * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    params=form(),
    default_args={**task_defaults(), "execution_timeout": timedelta(hours=2)},
    tags=["platform", "maintenance"],
):

    @task.pyspark(conn_id=SPARK_CONNECTION)
    def silver_and_gold(spark, params=None) -> list[str]:  # type: ignore[no-untyped-def]
        """Compacts and vacuums the tables that Spark writes, by Spark."""
        from lakehouse.maintaining import maintain_spark_tables

        return maintain_spark_tables(spark, params, get_current_context()["run_id"])

    @task
    def ops(params=None) -> list[str]:  # type: ignore[no-untyped-def]
        """Compacts and vacuums the tables of the layer ops, without Spark."""
        from lakehouse.maintaining import maintain_ops_tables

        return maintain_ops_tables(params, get_current_context()["run_id"])

    silver_and_gold()
    ops()
