"""
### Smart city, day by day

bronze complete → not late, not stale → which days → each day: silver → check → gold → assets

Readings that a sensor itself calls bad are in silver and left out of every mean. The summaries of a day, `city_daily` and `zone_daily`,
come from the same transforms as its window tables, and hours are UTC. A silent feed leaves its columns of `city_daily` empty; a broken
contract of one of the three feeds leaves that table unbuilt, while the tables of the other two go on.
"""

from __future__ import annotations

from lakehouse.daily import daily_dag, daily_flow

with daily_dag("smart_city", __doc__):  # Airflow reads a file only if it has the words airflow and dag in it
    daily_flow("smart_city")
