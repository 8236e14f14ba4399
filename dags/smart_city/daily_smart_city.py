"""
### Smart city, day by day

bronze complete → not late, not stale → which days → each day: silver → check → gold → assets

Readings that a sensor itself calls bad are in silver and left out of every mean. The summaries of a day, `city_daily` and `zone_daily`,
come from the same transforms as its window tables, and hours are UTC. A silent feed leaves its columns of `city_daily` empty; a broken
contract of one of the three feeds leaves that table unbuilt, while the tables of the other two go on.
"""

from __future__ import annotations

from airflow.sdk import DAG
from lakehouse.daily import DAYS_AND_FAILURES, daily_flow, every_day
from lakehouse.defaults import task_defaults
from lakehouse.run_days import day_param

with DAG(
    "daily_smart_city",
    doc_md=__doc__ + DAYS_AND_FAILURES,
    schedule=every_day(),
    catchup=False,
    max_active_runs=1,
    max_active_tasks=3,
    params=day_param(),
    default_args=task_defaults(),
    tags=["smart_city", "daily"],
):
    daily_flow(
        "smart_city",
        silver=["traffic_readings", "transport_reports", "incidents"],
        gold=["traffic_5m", "mobility_5m", "transport_10m", "incidents_15m", "city_daily", "zone_daily"],
    )
