"""Headwater's stream, a plain Spark→Delta job and an ingester without Spark, on the same records: `python -m benchmarks.ingest`.

Ends with 1 when a contestant has lost or doubled a record, whatever the figures say, and with 2 when one could not be measured; a
missed target is printed as missed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from benchmarks.contestants import CONTESTANTS, Contestant, ContestantError
from benchmarks.records import Backlog, recreate_topics, warm_up_topic
from benchmarks.report import RESULTS, print_report, write_results, wrong_accounts
from benchmarks.scenarios import CatchUp, Plan, Steady, catch_up, shortened, steady
from include.contracts import Contract, load_contracts
from include.errors import HeadwaterError
from include.topics import reconcile_topics
from local.private_stack import PrivateStack, private_stack

SCENARIOS = ("steady", "catch-up")
NOT_EXACT, FAILED, INTERRUPTED = 1, 2, 130
T = TypeVar("T")
QUICK = Plan(warm_up_seconds=8, seconds=10, idle_seconds=5, records=100_000)


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="a short run that shows that all works; its figures say little and are kept only with --output"
    )
    parser.add_argument("--seconds", type=int, help=f"of the steady flow that count ({Plan.seconds})")
    parser.add_argument("--records", type=int, help=f"of the catch-up ({Plan.records:,})")
    parser.add_argument("--contestants", type=_names(CONTESTANTS), default=tuple(CONTESTANTS), help=f"of {','.join(CONTESTANTS)} (all)")
    parser.add_argument("--scenarios", type=_names(SCENARIOS), default=SCENARIOS, help=f"of {','.join(SCENARIOS)} (both)")
    parser.add_argument("--output", type=Path, metavar="DIR", help="where <date>.json goes (benchmarks/results)")
    return parser.parse_args(words)


def _names(known: Sequence[str] | dict[str, object]):
    def parse(text: str) -> tuple[str, ...]:
        chosen = text.split(",")
        if unknown := [name for name in chosen if name not in known]:
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}")
        return tuple(name for name in known if name in chosen)

    return parse


@dataclass
class Results:
    """What was measured, and why something was not: a contestant that fails leaves the others' figures as they are."""

    steady: dict[str, Steady] = field(default_factory=dict)
    catch_up: dict[str, CatchUp] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


def measure(
    console: Console, stack: PrivateStack, contracts: Sequence[Contract], plan: Plan, names: Sequence[str], scenarios: Sequence[str]
) -> Results:
    """Each contestant alone, one after the other; Headwater first, while the backlog can still be hidden."""
    results = Results()
    reconcile_topics(load_contracts().outgoing.values(), stack.kafka).check()

    def attempt(scenario: str, into: dict[str, T], run: Callable[[Contestant], T]) -> None:
        for name in names:
            console.print(f"{scenario}: {CONTESTANTS[name].title} …", highlight=False)
            try:
                into[name] = run(CONTESTANTS[name])
            except ContestantError as error:
                results.failures.append(f"{scenario}: {error}")

    if "steady" in scenarios:
        attempt("steady", results.steady, lambda contestant: steady(contestant, stack, contracts, plan))
    if "catch-up" in scenarios:
        console.print(f"catch-up: sending {plan.records:,} records …", highlight=False)
        recreate_topics(contracts, stack.kafka)
        warm_up_topic(contracts[0], stack.kafka)
        backlog = Backlog(contracts, plan.records, stack.kafka)
        attempt("catch-up", results.catch_up, lambda contestant: catch_up(contestant, stack, contracts, backlog))
    return results


def main() -> int:
    chosen = arguments()
    console = Console(width=None if sys.stdout.isatty() else 120)
    plan = shortened(QUICK if chosen.quick else Plan(), seconds=chosen.seconds, records=chosen.records)
    load = os.getloadavg()[0]
    if load > 0.2 * (os.cpu_count() or 1):
        console.print(f"[yellow]The machine is busy (load {load:.1f}): the figures will tell of that, too.[/]", highlight=False)
    contracts = tuple(load_contracts().feeds.values())
    try:
        with private_stack(console, "benchmark") as stack:
            results = measure(console, stack, contracts, plan, chosen.contestants, chosen.scenarios)
            stack.keep_logs = bool(results.failures)
    except HeadwaterError as error:
        console.print(f"{type(error).__name__}: {error}", style="red", highlight=False, markup=False, soft_wrap=True)
        return FAILED
    except KeyboardInterrupt:
        console.print("interrupted")
        return INTERRUPTED
    print_report(console, plan, results.steady, results.catch_up)
    if chosen.output or not chosen.quick:
        file = write_results(chosen.output or RESULTS, plan, results.steady, results.catch_up, load, results.failures)
        console.print(f"Kept in {file}", highlight=False, soft_wrap=True)
    wrong = wrong_accounts(results.steady, results.catch_up)
    for line in [*(f"not exactly once: {line}" for line in wrong), *(f"not measured: {line}" for line in results.failures)]:
        console.print(line, style="red", highlight=False, markup=False, soft_wrap=True)
    return NOT_EXACT if wrong else FAILED if results.failures else 0


if __name__ == "__main__":
    sys.exit(main())
