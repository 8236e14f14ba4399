"""
### Commerce and operations, day by day

bronze complete → not late, not stale → which days → each day: silver → check → gold → assets

Builds the UTC day of the run's data interval, or the day given in the form; a scheduled or manual run also builds every past day
that new rows touched since it was last built, a backfill its own days alone. A day is replaced as a whole, so building it again
changes nothing when nothing new came, and a day without records is a success with zero rows. A call of the API that means a
data interval has to name a logical date with it: Airflow drops an interval that comes without one, and the run builds yesterday.

**On failure**

- `bronze_complete`, `not_late`, `not_stale`: the stream is behind or down, and the log says by how much. Look at the DAG `streams`
  and `headwater status`, then clear the task.
- `silver`, `gold`: the log has Spark's error. Clearing is always safe, alone or with what follows.
- `check`: rows of the day are in no table, or in two; the log names feed and counts. Clear `silver` of that day with what
  follows; if it fails again, keep the tables as they are and look for who else writes to them.
"""

from __future__ import annotations

from airflow.sdk import DAG
from lakehouse.daily import daily_flow, every_day
from lakehouse.defaults import task_defaults
from lakehouse.run_days import day_param

with DAG(
    "daily_commerce",
    doc_md=__doc__,
    schedule=every_day(),
    catchup=False,
    max_active_runs=1,
    max_active_tasks=3,
    params=day_param(),
    default_args=task_defaults(),
    tags=["commerce", "daily"],
):
    daily_flow(
        "commerce",
        silver=["orders", "order_items", "application_logs", "server_metrics"],
        gold=["product_sales", "customer_orders", "customer_orders_1m", "log_levels", "module_durations", "server_load"],
    )
