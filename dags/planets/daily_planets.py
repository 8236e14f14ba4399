"""
### Planets, day by day

bronze complete → not late, not stale → which days → each day: silver → check → gold → assets

A discovery has no time of its own: its day is that of Kafka's record, which a producer may set, so that an old discovery is a late
row of its own day. A planet that is described again on a day has one row, that of the last description; described on another day,
it has a row on each. Most days have few discoveries or none, and that is a success.
"""

from __future__ import annotations

from lakehouse.daily import daily_dag, daily_flow

with daily_dag("planets", __doc__):  # Airflow reads a file only if it has the words airflow and dag in it
    daily_flow("planets")
