"""
### Planets, day by day

bronze complete → not late, not stale → which days → each day: silver → check → gold → assets

A discovery has no time of its own: its day is that of Kafka's record, which a producer may set, so that an old discovery is a late
row of its own day. A planet that is described again on a day has one row, that of the last description; described on another day,
it has a row on each. Most days have few discoveries or none, and that is a success.
"""

from __future__ import annotations

from airflow.sdk import DAG
from lakehouse.daily import DAYS_AND_FAILURES, daily_flow, every_day
from lakehouse.defaults import task_defaults
from lakehouse.run_days import day_param

with DAG(
    "daily_planets",
    doc_md=__doc__ + DAYS_AND_FAILURES,
    schedule=every_day(),
    catchup=False,
    max_active_runs=1,
    max_active_tasks=3,
    params=day_param(),
    default_args=task_defaults(),
    tags=["planets", "daily"],
):
    daily_flow(
        "planets",
        silver=["planet_discoveries"],
        gold=["planet_habitability", "colonisation_summary", "planets"],
    )
