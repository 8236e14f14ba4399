"""What live windows and alerts cost, and how fresh they are: `python -m benchmarks.live`.

Headwater's stream twice on the same flow, first with bronze alone, then with nine live tables and alerts; then a storm of alerts beside
the flow. Everything but the micro-batch's own time is measured from outside: by the time that the store gives each commit, and by a
consumer of the topic `alerts`. Ends with 1 when a target is missed, with 2 when something could not be measured.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.arrivals import read_arrivals, table_log
from benchmarks.contestants import CONTESTANTS, Running, running
from benchmarks.figures import delays, percentile
from benchmarks.live_delays import AlertListener, alert_delays, window_delays
from benchmarks.records import Flow, recreate_topics
from benchmarks.report import RESULTS
from benchmarks.usage import Usage
from include.contracts import Contract, load_contracts
from include.errors import HeadwaterError
from include.streams.state import read_actual
from jobs.produce.record import Record
from jobs.produce.send import send
from local.machine import machine, versions
from local.private_stack import PrivateStack, private_stack

RATE = 20
SETTING = "HEADWATER_STREAM_LIVE"
STORM_RECORDS, STORM_SECONDS = 10_000, 60
SETTLE_SECONDS = 20.0
MISSED, FAILED = 1, 2


@dataclass(frozen=True)
class Measured:
    """Seconds; None where nothing of the kind happened."""

    bronze_p50: float | None
    bronze_p99: float | None
    micro_batch_p50: float | None
    cpu_percent: float  # of one core
    peak_bytes: int
    window_p50: float | None = None  # record to the commit of each live table that it is part of
    window_p99: float | None = None
    alert_p50: float | None = None  # record to the consumer of the topic
    alert_p99: float | None = None
    alerts: int = 0


def measure(stack: PrivateStack, contracts: Sequence[Contract], prefix: str, live: bool, plan: argparse.Namespace) -> Measured:
    """A flow of RATE records a second and feed: `warm_up` seconds that do not count, then `seconds` that do."""
    _anew(stack, contracts)
    batches: list[float] = []
    with _stream(stack, prefix, live) as (driver, usage, listener):
        with Flow(contracts, RATE, stack.kafka):
            time.sleep(plan.warm_up)
            since = time.time()
            while time.time() < since + plan.seconds:
                driver.check()
                status = read_actual(stack.lake(prefix), "all")
                batches += [status.batch_seconds] if status else []
                time.sleep(2.0)
            until = time.time()
        time.sleep(SETTLE_SECONDS)
    return _figures(stack, contracts, prefix, live, (since, until), usage, batches, listener)


def storm(stack: PrivateStack, contracts: Sequence[Contract], plan: argparse.Namespace) -> Measured:
    """The same with STORM_RECORDS records within STORM_SECONDS more, each of which alerts."""
    _anew(stack, contracts)
    with _stream(stack, "storm", live=True) as (driver, usage, listener):
        with Flow(contracts, RATE, stack.kafka):
            time.sleep(plan.warm_up)
            since = time.time()
            send(_jams(), STORM_RECORDS / STORM_SECONDS, stack.kafka)
            driver.check()
            until = time.time()
        time.sleep(SETTLE_SECONDS)
    return _figures(stack, contracts, "storm", True, (since, until), usage, [], listener)


def _jams() -> Iterator[Record]:
    for number in range(STORM_RECORDS):
        now = datetime.now(UTC).isoformat()
        fields = {"sensor_id": f"storm-{number}", "zone": "storm", "timestamp": now, "speed_kmh": 1, "vehicle_flow": 1, "occupancy_pct": 9}
        yield Record("traffic-sensors", fields["sensor_id"].encode(), json.dumps(fields | {"data_quality": "good"}).encode())


def _anew(stack: PrivateStack, contracts: Sequence[Contract]) -> None:
    recreate_topics([*contracts, *load_contracts().outgoing.values()], stack.kafka)


@contextmanager
def _stream(stack: PrivateStack, prefix: str, live: bool) -> Iterator[tuple[Running, Usage, AlertListener]]:
    """A driver that reads, with what looks at it."""
    before = os.environ.get(SETTING)
    os.environ[SETTING] = "1" if live else "0"
    try:
        with running(CONTESTANTS["headwater"], stack, prefix) as driver, Usage([driver.pid]) as usage, AlertListener(stack) as listener:
            driver.begin()
            yield driver, usage, listener
    finally:
        os.environ.pop(SETTING)
        os.environ |= {SETTING: before} if before is not None else {}


def _figures(
    stack: PrivateStack,
    contracts: Sequence[Contract],
    prefix: str,
    live: bool,
    span: tuple[float, float],
    usage: Usage,
    batches: Sequence[float],
    listener: AlertListener,
) -> Measured:
    found = {each.feed: read_arrivals(table_log(stack.lake(prefix), each.bronze).refresh()) for each in contracts}
    prompt = delays([found[each.feed] for each in contracts if each.sla.latency_seconds <= 1], *span)
    plain = Measured(
        percentile(prompt, 50),
        percentile(prompt, 99),
        percentile(np.array(batches), 50),
        100 * usage.cpu_seconds(*span) / (span[1] - span[0]),
        usage.peak_bytes(),
    )
    if not live:
        return plain
    windows = window_delays(stack, contracts, prefix, found, span)
    alerts = alert_delays(contracts, found, listener.came, span)
    told = {"window_p50": percentile(windows, 50), "window_p99": percentile(windows, 99)}
    return replace(plain, **told, alert_p50=percentile(alerts, 50), alert_p99=percentile(alerts, 99), alerts=len(alerts))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="of each flow that count (60)")
    parser.add_argument("--warm-up", type=int, default=60, help="seconds before them (60)")
    parser.add_argument("--output", type=Path, default=RESULTS, metavar="DIR", help="where <date>-live.json goes (benchmarks/results)")
    plan = parser.parse_args()
    console, load = Console(width=None if sys.stdout.isatty() else 120), os.getloadavg()[0]
    contracts = tuple(load_contracts().feeds.values())
    results: dict[str, Measured] = {}
    try:
        with private_stack(console, "benchmark") as stack:
            for name, live in (("bronze alone", False), ("with live", True)):
                console.print(f"{name} …")
                results[name] = measure(stack, contracts, name.replace(" ", "-"), live, plan)
            console.print("storm of alerts …")
            results["storm"] = storm(stack, contracts, plan)
    except HeadwaterError as error:
        console.print(f"{type(error).__name__}: {error}", style="red", highlight=False, markup=False, soft_wrap=True)
        return FAILED
    table = Table(title="Live windows and alerts, two cores", title_justify="left")
    for column in ("", *results):
        table.add_column(column, justify="right")
    for line in Measured.__dataclass_fields__:
        table.add_row(line, *[_shown(getattr(each, line)) for each in results.values()])
    console.print(table)
    met = targets(results)
    for what, (value, wanted) in met.items():
        console.print(f"{what}: {_shown(value)}, wanted ≤ {wanted}", highlight=False)
    now = datetime.now(UTC)
    kept = {"measured_at": now.isoformat(timespec="seconds"), "machine": {**machine(), "load_before": load}, "versions": versions()}
    plan.output.mkdir(parents=True, exist_ok=True)
    shown = {name: asdict(each) for name, each in results.items()}
    (plan.output / f"{now:%Y-%m-%d}-live.json").write_text(json.dumps({**kept, "results": shown}, indent=1) + "\n")
    return 0 if all(value is not None and value <= wanted for value, wanted in met.values()) else MISSED


def targets(results: Mapping[str, Measured]) -> dict[str, tuple[float | None, float]]:
    """What → its figure and what is wanted at most."""
    alone, live, storm_ = results["bronze alone"], results["with live"], results["storm"]
    return {
        "micro-batch with live, times that of bronze alone": (_ratio(live.micro_batch_p50, alone.micro_batch_p50), 2.0),
        "record to live window, p99, s": (live.window_p99, 5.0),
        "record to alert, p99, s": (live.alert_p99, 2.0),
        "bronze in a storm of alerts, times that without (p50)": (_ratio(storm_.bronze_p50, live.bronze_p50), 1.5),
    }


def _ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one is not None and other else None


def _shown(value: float | int | None) -> str:
    return "–" if value is None else f"{value:,.0f}" if isinstance(value, int) or value > 1000 else f"{value:.2f}"


if __name__ == "__main__":
    sys.exit(main())
