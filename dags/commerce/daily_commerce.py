"""
### Commerce and operations, day by day

bronze complete → not late, not stale → which days → each day: silver → check → gold → assets

An order's later state replaces the earlier ones of its day; cancelled orders sell nothing and are counted. Logs and samples of
servers have no identity: each record counts.
"""

from __future__ import annotations

from airflow.sdk import DAG
from lakehouse.daily import DAYS_AND_FAILURES, daily_flow, every_day
from lakehouse.defaults import task_defaults
from lakehouse.run_days import day_param

with DAG(
    "daily_commerce",
    doc_md=__doc__ + DAYS_AND_FAILURES,
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
