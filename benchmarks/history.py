"""What a history costs: `python -m benchmarks.history --days 31`.

Days of generated records of every feed, and Airflow's backfill of them by the daily DAG of every system, on a whole stack of its own. The
last third of the days is compared with the first: a day must cost the same however many were built before, in time and in memory of the
Spark server. Ends with 1 when a target is missed or a gold table lacks a day, with 2 when something could not be measured.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from rich.console import Console

from benchmarks.report import RESULTS
from benchmarks.usage import Usage
from include.catalog import GOLD, UNDIVIDED
from include.contracts import load_contracts
from include.delta_log import rows_by_day
from include.errors import HeadwaterError
from include.lag import feed_progress
from include.settings import LakeSettings
from jobs.produce.run import produce
from jobs.produce.send import RECORDS
from local import processes
from local.airflow_api import AirflowApi
from local.machine import machine, versions
from local.parts.part import pid_file
from local.plan import TASKS
from local.private_stack import PrivateStack, private_stack

FIRST = date(2026, 1, 1)
PATIENCE_SECONDS = 900.0  # without a run that ends
SLOWER, LARGER = 1.3, 1.15
MISSED, FAILED = 1, 2


@dataclass(frozen=True)
class Third:
    """A third of the runs, in the order in which they ended."""

    runs: int
    seconds_a_run: float  # of the wall clock, all systems at work
    spark_cpu_seconds_a_run: float
    spark_peak_bytes: int


@dataclass(frozen=True)
class History:
    days: int
    systems: tuple[str, ...]
    records: int
    seconds: float
    thirds: tuple[Third, ...]
    missing: dict[str, list[str]]  # gold table → days of which it has no row

    @property
    def targets(self) -> dict[str, tuple[float, float]]:
        """What → its ratio, last third over first, and what is wanted at most."""
        first, last = self.thirds[0], self.thirds[-1]
        return {
            "time of a day's run": (last.seconds_a_run / first.seconds_a_run, SLOWER),
            "Spark's CPU for it": (last.spark_cpu_seconds_a_run / first.spark_cpu_seconds_a_run, SLOWER),
            "Spark's memory": (last.spark_peak_bytes / first.spark_peak_bytes, LARGER),
        }


def measure(stack: PrivateStack, systems: Sequence[str], days: int, daily: int, console: Console) -> History:
    """Sends the records, waits until bronze has them, and has all systems backfill at the same time, each a day after the other."""
    contracts = [contract for system in systems for contract in load_contracts().of_system(system)]
    lake = LakeSettings.from_environment(stack.stack.client_environment())
    start = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC)
    feeds = [contract.feed for contract in contracts]
    api, dags = AirflowApi.from_environment(stack.stack.client_environment()), [f"daily_{system}" for system in systems]
    # The scheduled run of the last day builds whatever days are stale: it must not find those that the backfill is to build.
    _wait(lambda: all(_ended(api, [dag], "scheduled") for dag in dags), "the scheduled runs have not ended")
    sent = produce(feeds, rate=None, count=None, daily=daily, seed=1, start=start, end=start + timedelta(days=days), kafka=stack.kafka)
    console.print(f"{sum(each[RECORDS] for each in sent.values()):,} records sent", highlight=False)
    _wait(lambda: not any(each.lag for each in feed_progress(stack.kafka, lake, contracts).values()), "bronze lacks records")
    spark = processes.read_pid(pid_file(stack.stack.settings, "spark-connect"))
    assert spark is not None
    with Usage([spark.pid]) as usage:
        began = time.time()
        ended = _backfill(api, dags, days, console)
    edges = [began, *[ended[len(ended) * third // 3 - 1] for third in (1, 2, 3)]]
    thirds = [_third(ended, usage, since, until) for since, until in pairwise(edges)]
    return History(days, tuple(systems), sum(sent.values()), ended[-1] - began, tuple(thirds), _missing(lake, systems, days))


def _third(ended: Sequence[float], usage: Usage, since: float, until: float) -> Third:
    runs = sum(since < at <= until for at in ended)
    return Third(runs, (until - since) / runs, usage.cpu_seconds(since, until) / runs, usage.peak_bytes(since, until))


def _backfill(api: AirflowApi, dags: Sequence[str], days: int, console: Console) -> list[float]:
    """When each run ended, seconds since 1970, in order."""
    last = FIRST + timedelta(days=days - 1)
    for dag in dags:
        span = {"from_date": f"{FIRST}T00:00:00Z", "to_date": f"{last}T00:00:00Z"}
        api.post("/backfills", {"dag_id": dag, **span, "reprocess_behavior": "none", "max_active_runs": 1})
    known: list[float] = []
    moved = time.monotonic()
    while len(known) < len(dags) * days:
        ended = _ended(api, dags, "backfill")
        if len(ended) > len(known):
            moved = time.monotonic()
            console.print(f"{len(ended)} of {len(dags) * days} runs", highlight=False)
        if time.monotonic() - moved > PATIENCE_SECONDS:
            raise HeadwaterError("no run has ended", where="backfill", value=f"{PATIENCE_SECONDS:.0f} s", fix="see Airflow's logs")
        known = ended
        time.sleep(5)
    return known


def _ended(api: AirflowApi, dags: Sequence[str], kind: str) -> list[float]:
    found = []
    for dag in dags:
        runs = api.get(f"/dags/{dag}/dagRuns", run_type=kind, limit=100)["dag_runs"]
        failed = [str(run["dag_run_id"]) for run in runs if run["state"] == "failed"]
        if failed:
            raise HeadwaterError("a run has failed", where=dag, value=failed, fix="see Airflow's logs")
        found += [datetime.fromisoformat(run["end_date"]).timestamp() for run in runs if run["state"] == "success"]
    return sorted(found)


def _missing(lake: LakeSettings, systems: Sequence[str], days: int) -> dict[str, list[str]]:
    wanted = [FIRST + timedelta(days=number) for number in range(days)]
    found = {}
    for name in [name for system in systems for name in GOLD[system] if name not in UNDIVIDED]:
        rows = rows_by_day(lake, f"gold.{name}")
        if lacking := [str(day) for day in wanted if not rows.get(day)]:
            found[name] = lacking
    return found


def _wait(condition, what: str) -> None:  # type: ignore[no-untyped-def]
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > until:
            raise HeadwaterError(what, where="benchmarks.history", value=f"after {PATIENCE_SECONDS:.0f} s", fix="see the driver's log")
        time.sleep(2)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.history", description=__doc__)
    parser.add_argument("--days", type=int, default=31, help="from 2026-01-01 on (31)")
    parser.add_argument("--daily", type=int, default=2000, help="records of each feed and day (2000)")
    parser.add_argument("--systems", default=",".join(GOLD), help=f"of {', '.join(GOLD)} (all)")
    parser.add_argument("--output", type=Path, default=RESULTS, metavar="DIR", help="where <date>-history.json goes (benchmarks/results)")
    plan = parser.parse_args()
    console, load = Console(width=None if sys.stdout.isatty() else 120), os.getloadavg()[0]
    try:
        with private_stack(console, "benchmark", tuple(TASKS)) as stack:
            history = measure(stack, plan.systems.split(","), plan.days, plan.daily, console)
    except HeadwaterError as error:
        console.print(f"{type(error).__name__}: {error}", style="red", highlight=False, markup=False, soft_wrap=True)
        return FAILED
    for number, third in enumerate(history.thirds, 1):
        console.print(f"third {number}: {asdict(third)}", highlight=False, soft_wrap=True)
    for what, (ratio, wanted) in history.targets.items():
        console.print(f"{what}, last third over first: {ratio:.2f}, wanted ≤ {wanted}", highlight=False)
    console.print(f"gold tables that lack days: {history.missing or 'none'}", highlight=False)
    now = datetime.now(UTC)
    kept = {"measured_at": now.isoformat(timespec="seconds"), "machine": {**machine(), "load_before": load}, "versions": versions()}
    plan.output.mkdir(parents=True, exist_ok=True)
    (plan.output / f"{now:%Y-%m-%d}-history.json").write_text(json.dumps({**kept, "history": asdict(history)}, indent=1) + "\n")
    return MISSED if history.missing or any(ratio > wanted for ratio, wanted in history.targets.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
