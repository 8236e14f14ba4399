"""
### Crypto, day by day

bronze complete → not late, not stale → which days → each day: silver → check → gold → assets

A day has the ticks that the poller got. Where the API was away there is no tick, no window and no row, no price is carried on, and
the run is a success all the same: `ticks` tells a thin day from a full one, the poller's log tells why.
"""

from __future__ import annotations

from airflow.sdk import DAG
from lakehouse.daily import DAYS_AND_FAILURES, daily_flow, every_day
from lakehouse.defaults import task_defaults
from lakehouse.run_days import day_param

with DAG(
    "daily_crypto",
    doc_md=__doc__ + DAYS_AND_FAILURES,
    schedule=every_day(),
    catchup=False,
    max_active_runs=1,
    max_active_tasks=3,
    params=day_param(),
    default_args=task_defaults(),
    tags=["crypto", "daily"],
):
    daily_flow(
        "crypto",
        silver=["crypto_prices"],
        gold=["crypto_ohlc_5m", "crypto_ohlc_1d", "crypto_market"],
    )
