"""
### Quarantine, judged again

`quarantine.<feed>` → today's contract → how many rows pass? → *apply*: their days, by `daily_<system>` → `ops.resolved_records`

For when a contract was wrong and the rows were right: mend the contract, preview, apply. A preview changes nothing; its log, and the
XCom `preview` of its task say how many rows pass now and which still fail, by day and reason. Apply has the
system's daily batch build again exactly the days with a row that passes: silver → check → gold, as any day is built. What leaves
quarantine by that is written to `ops.resolved_records`, with the id of that run, `replay__` and this run's. Applying again finds no row
that passes, and changes nothing.

**On failure**

- `preview`: the log has Spark's error, or names what of the form cannot be. Clearing is always safe.
- `refresh`: the run of the daily batch has failed, or its DAG is paused; look there. Clearing is safe: it clears that run.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, task
from lakehouse.daily import SPARK_CONNECTION
from lakehouse.defaults import documented, task_defaults
from lakehouse.replay import judge_again, replay_form

with DAG(
    "replay_quarantine",
    **documented(__doc__),
    schedule=None,
    catchup=False,
    max_active_runs=1,
    params=replay_form(),
    default_args=task_defaults(retries=1),
    tags=["platform", "quarantine"],
):

    @task.pyspark(conn_id=SPARK_CONNECTION, execution_timeout=timedelta(hours=1))
    def preview(spark, params=None) -> list[dict[str, object]]:  # type: ignore[no-untyped-def]
        """Judges the quarantined rows by today's contract; the run of the daily batch that applies it, if it is to be applied."""
        return judge_again(spark, params)

    TriggerDagRunOperator.partial(
        task_id="refresh",
        trigger_run_id="replay__{{ run_id }}",
        logical_date=None,
        reset_dag_run=True,
        wait_for_completion=True,
        deferrable=True,
        poke_interval=2,
        fail_when_dag_is_paused=True,
    ).expand_kwargs(preview())
