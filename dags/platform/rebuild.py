"""
### Days built again, with a proof, and back

the form → preview: rows, bytes, estimate, is bronze whole? → apply: each day, silver → check → gold → difference → `ops.rebuilds`; or undo

A table means its system's days, since silver and gold of a day are built together. *preview* writes nothing. *apply* builds the days as the
daily batch does and says for each table and day how many rows came, went and changed; without new data all are 0. *undo* gives the days
back what they held before, by Delta's own versions; scheduled runs leave such a day alone until somebody asks for it.

**On failure**

- `preview`, `days`: a name, a day or an id that there is not; the log lists what there is.
- `day` with *RebuildRefused*: bronze has lost rows of that day, it was built again since, or not to its end, or a version is gone.
  Nothing was written for the day. The log says what `force` would do.
- `day` with anything else: clearing is safe. It goes on from what was noted before the first try, unless others have built the day since.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, get_current_context, task
from lakehouse.daily import BUILDS_DAYS
from lakehouse.defaults import documented, task_defaults
from lakehouse.rebuild_form import form

with DAG(
    "rebuild",
    **documented(__doc__),
    schedule=None,
    catchup=False,
    max_active_runs=1,
    params=form(),
    default_args={**task_defaults(), "execution_timeout": timedelta(hours=2)},
    tags=["platform", "rebuild"],
):

    @task
    def preview(params=None) -> dict:  # type: ignore[no-untyped-def, type-arg]
        """What each day is like now, and what a rebuild would meet."""
        from lakehouse.rebuilding import look

        return look(get_current_context(), params)

    @task
    def days(params=None) -> list[str]:  # type: ignore[no-untyped-def]
        """The pieces of work, a system and a day each; none for a preview."""
        from lakehouse.rebuilding import asked

        return [] if params["action"] == "preview" else [f"{system} {day}" for system, day in asked(params)]

    @task.pyspark(**BUILDS_DAYS, map_index_template="{{ task.op_kwargs['piece'] }}", max_active_tis_per_dag=1)
    def day(piece: str, spark, params=None) -> dict:  # type: ignore[no-untyped-def, type-arg]
        """Builds one day of one system again, or gives it back what it held before."""
        from lakehouse.rebuilding import carry_out

        return carry_out(spark, piece, params, get_current_context())

    preview() >> (pieces := days())
    day.expand(piece=pieces)
