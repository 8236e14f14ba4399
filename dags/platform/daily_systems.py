"""
### Systems that have contracts and no file of their own here, day by day

contracts in `include/schemas/<system>` → this file → a DAG `daily_<system>` for each system without `dags/<system>/daily_<system>.py`

A system that wants to say more about its days, or has further tasks, gets a file of its own, like `dags/crypto/daily_crypto.py`; the
DAG keeps its name and its runs.
"""

from __future__ import annotations

from pathlib import Path

from lakehouse.daily import daily_dag, daily_flow

from include.contract_files import feeds_by_system

ABOUT = """
### {system}, day by day

bronze complete → not late, not stale → which days → each day: silver → check → gold → assets

The feeds with a contract in `include/schemas/{system}`: {feeds}.
"""
DAGS = Path(__file__).resolve().parents[1]  # Airflow reads a file only if it has the words airflow and dag in it

for system, feeds in feeds_by_system().items():
    if not (DAGS / system / f"daily_{system}.py").exists():
        with daily_dag(system, ABOUT.format(system=system, feeds=", ".join(feeds))):
            daily_flow(system)
