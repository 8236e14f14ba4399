"""
### The model of which planets are colonisable

`silver.planet_discoveries` → learn on four planets in five → judge on the fifth → the lake's `models/`, `gold.model_runs` → serve?

Every Monday, and whenever it is triggered. Each planet counts once, as its newest description has it; which planets are held out
follows from their names alone. The new model serves if its AUC is at most 0.02 lower than that of the serving one, judged anew on
the same held-out planets. `daily_planets` scores with what serves when a day is built; days that were built before keep their
probabilities until they are built again.

The same rows and the same seed make the same model: such a run adds nothing. With fewer than 100 labelled planets, or planets of one
class only, the task is skipped, and its log says so.

**On failure**

- `train`: the log has Spark's error. Clearing is always safe: a model that is not whole serves nowhere.
- "there is no such model": what `models/habitability/serving.json` names was removed. Put it back, or remove that file too.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, Param, task
from lakehouse import assets
from lakehouse.daily import SPARK_CONNECTION
from lakehouse.defaults import documented, task_defaults
from lakehouse.publishing import publish_after

with DAG(
    "train_habitability",
    **documented(__doc__),
    schedule=CronTriggerTimetable("0 4 * * 1", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    params={"seed": Param(42, type="integer", title="Seed", description="Of Spark ML. Another one is another model of the same rows.")},
    default_args={**task_defaults(), "execution_timeout": timedelta(hours=2)},
    tags=["planets", "model"],
):

    @task.pyspark(conn_id=SPARK_CONNECTION, outlets=[assets.table("gold.model_runs")])
    def train(spark, params=None) -> dict[str, object]:  # type: ignore[no-untyped-def]
        """The newest silver rows → a model, judged and kept; skipped where there is too little to learn from."""
        from lakehouse.training import train_or_skip

        return train_or_skip(spark, params["seed"])

    publish_after(train(), ["model_runs"])
