"""The results as one table, and as JSON with the machine that they come from."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.contestants import CONTESTANTS, stream_settings
from benchmarks.figures import Account, ratio
from benchmarks.scenarios import CatchUp, Plan, Steady
from benchmarks.targets import Target, targets
from local.machine import machine, versions

RESULTS = Path(__file__).with_name("results")
_MB = 1e6

STEADY_LINES: tuple[tuple[str, str, Callable[[Steady], float | None]], ...] = (
    ("record to commit, p50, s", ".2f", lambda result: result.prompt.p50),
    ("record to commit, p99, s", ".2f", lambda result: result.prompt.p99),
    ("commits per hour and feed", ",.0f", lambda result: result.prompt.commits_per_hour),
    ("CPU s per million records", ",.0f", lambda result: result.cpu_seconds_per_million),
    ("… and of Kafka and MinIO", ",.0f", lambda result: result.stack_cpu_seconds_per_million),
    ("peak memory, MB", ",.0f", lambda result: result.peak_bytes / _MB),
    ("idle: CPU, % of one core", ".1f", lambda result: result.idle_cpu_percent),
)
CATCH_UP_LINES: tuple[tuple[str, str, Callable[[CatchUp], float | None]], ...] = (
    ("records/s", ",.0f", lambda result: result.throughput.rate),
    ("seconds", ".1f", lambda result: result.throughput.seconds),
    ("commits", ",.0f", lambda result: result.throughput.commits),
    ("CPU s per million records", ".1f", lambda result: result.cpu_seconds_per_million),
    ("… and of Kafka and MinIO", ".1f", lambda result: result.stack_cpu_seconds_per_million),
    ("peak memory, MB", ",.0f", lambda result: result.peak_bytes / _MB),
    ("process start to reading, s", ".1f", lambda result: result.start_seconds),
)


def print_report(console: Console, plan: Plan, steady: Mapping[str, Steady], catch_up: Mapping[str, CatchUp]) -> None:
    names = [name for name in CONTESTANTS if name in steady or name in catch_up]
    table = Table(title="Same records, same Kafka and MinIO; ÷ is Headwater's figure divided by the other's", title_justify="left")
    table.add_column("")
    for name in names:
        table.add_column(CONTESTANTS[name].title, justify="right")
    for other in ("spark", "direct"):
        table.add_column(f"÷ {CONTESTANTS[other].title}", justify="right")
    if steady:
        records = sum(delays.records for delays in next(iter(steady.values())).by_promise.values())
        table.add_section()
        table.add_row(f"[bold]steady: {plan.seconds} s, {records:,} records[/]")
        _add(table, names, STEADY_LINES, steady)
    if catch_up:
        table.add_section()
        table.add_row(f"[bold]catch-up: {plan.records:,} records[/]")
        _add(table, names, CATCH_UP_LINES, catch_up)
    console.print(table)
    console.print(
        "Steady: delays and commits are those of the feeds that promise 1 s.\nCatch-up: all are loaded and warm when their clock starts.\n",
        highlight=False,
    )
    if "headwater" in steady:
        _print_promises(console, steady["headwater"])
    _print_targets(console, targets(steady, catch_up))


def _add(table: Table, names: list[str], lines: tuple, results: Mapping) -> None:
    for title, form, value in lines:
        values = {name: value(results[name]) if name in results else None for name in names}
        ratios = (ratio(values.get("headwater"), values.get(other)) for other in ("spark", "direct"))
        table.add_row(title, *(_shown(values[name], form) for name in names), *(_shown(each, ".2f") for each in ratios))


def _shown(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def _print_promises(console: Console, result: Steady) -> None:
    table = Table(title="Headwater, by the latency that the contracts promise", title_justify="left")
    for name in ("promised, s", "feeds", "p50, s", "p99, s", "commits per hour and feed"):
        table.add_column(name, justify="right")
    for promise, delays in result.by_promise.items():
        table.add_row(
            promise, str(delays.feeds), _shown(delays.p50, ".2f"), _shown(delays.p99, ".2f"), _shown(delays.commits_per_hour, ",.0f")
        )
    console.print(table)


def _print_targets(console: Console, found: list[Target]) -> None:
    table = Table(title="Targets, set for two cores with nothing else to do", title_justify="left")
    for name, justify in (("target", "left"), ("wanted", "right"), ("is", "right"), ("", "left")):
        table.add_column(name, justify=justify)
    words = {True: "[green]met[/]", False: "[red]missed[/]", None: "[dim]not measured[/]"}
    for each in found:
        table.add_row(each.name, f"{'≥' if each.at_least else '≤'} {each.limit:g}", _shown(each.value, ".2f"), words[each.met])
    console.print(table)


def wrong_accounts(steady: Mapping[str, Steady], catch_up: Mapping[str, CatchUp]) -> list[str]:
    """A line for each contestant and scenario in which a record is missing, doubled or unknown."""
    return [
        f"{scenario}, {CONTESTANTS[name].title}, {what}: of {found.records:,} records {found.lost:,} are missing, "
        f"{found.doubled:,} rows are doubles, {found.unknown:,} rows are of no record"
        for scenario, results in (("steady", steady), ("catch-up", catch_up))
        for name, result in results.items()
        for what, found in (("rows added", result.added), ("rows that a reader finds", result.live))
        if not _exact(found)
    ]


def _exact(found: Account) -> bool:
    return found.exact and found.records > 0


def write_results(
    directory: Path, plan: Plan, steady: Mapping[str, Steady], catch_up: Mapping[str, CatchUp], load: float, failures: Sequence[str]
) -> Path:
    """<directory>/<date>.json; a second run of a day replaces the first."""
    now = datetime.now(UTC)
    value = {
        "measured_at": now.isoformat(timespec="seconds"),
        "plan": asdict(plan),
        "machine": {**machine(), "load_before": load},
        "versions": versions(),
        "stream_settings": stream_settings(),
        "steady": {name: asdict(result) for name, result in steady.items()},
        "catch_up": {name: asdict(result) for name, result in catch_up.items()},
        "targets": [{**asdict(target), "met": target.met} for target in targets(steady, catch_up)],
        "failures": list(failures),
        "wrong_accounts": wrong_accounts(steady, catch_up),
    }
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / f"{now:%Y-%m-%d}.json"
    file.write_text(json.dumps(value, indent=1) + "\n")
    return file
