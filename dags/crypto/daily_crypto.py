"""
### Crypto, day by day

bronze complete → not late, not stale → which days → each day: silver → check → gold → assets

A day has the ticks that the poller got. Where the API was away there is no tick, no window and no row, no price is carried on, and
the run is a success all the same: `ticks` tells a thin day from a full one, the poller's log tells why.
"""

from __future__ import annotations

from lakehouse.daily import daily_dag, daily_flow

with daily_dag("crypto", __doc__):  # Airflow reads a file only if it has the words airflow and dag in it
    daily_flow("crypto")
