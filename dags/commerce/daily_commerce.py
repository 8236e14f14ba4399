"""
### Commerce and operations, day by day

bronze complete → not late, not stale → which days → each day: silver → check → gold → assets

An order's later state replaces the earlier ones of its day; cancelled orders sell nothing and are counted. Logs and samples of
servers have no identity: each record counts.
"""

from __future__ import annotations

from lakehouse.daily import daily_dag, daily_flow

with daily_dag("commerce", __doc__):  # Airflow reads a file only if it has the words airflow and dag in it
    daily_flow("commerce")
