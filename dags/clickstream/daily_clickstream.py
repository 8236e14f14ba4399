"""
### Clickstream, day by day

bronze complete → not late, not stale → which days → each day: silver → check → gold → assets

Events have no id: the same bytes under one key within a second are one event, and the others are in `superseded`. Sessions are cut
at midnight UTC, so that a day needs no other day's rows; one that goes on past midnight is two. They are cut from all three feeds:
a late event of any of them can join two sessions of its day into one, and rebuilds them.
"""

from __future__ import annotations

from lakehouse.daily import daily_dag, daily_flow

with daily_dag("clickstream", __doc__):  # Airflow reads a file only if it has the words airflow and dag in it
    daily_flow("clickstream")
