"""
### Clickstream, day by day

bronze complete → not late, not stale → which days → each day: silver → check → gold → assets

Events have no id: the same bytes under one key within a second are one event, and the others are in `superseded`. Sessions are cut
at midnight UTC, so that a day needs no other day's rows; one that goes on past midnight is two. They are cut from all three feeds:
a late event of any of them can join two sessions of its day into one, and rebuilds them.
"""

from __future__ import annotations

from airflow.sdk import DAG
from lakehouse.daily import DAYS_AND_FAILURES, daily_flow, every_day
from lakehouse.defaults import task_defaults
from lakehouse.run_days import day_param

with DAG(
    "daily_clickstream",
    doc_md=__doc__ + DAYS_AND_FAILURES,
    schedule=every_day(),
    catchup=False,
    max_active_runs=1,
    max_active_tasks=3,
    params=day_param(),
    default_args=task_defaults(),
    tags=["clickstream", "daily"],
):
    daily_flow(
        "clickstream",
        silver=["clicks", "views", "ratings"],
        gold=["item_engagement_1m", "item_popularity", "user_sessions"],
    )
