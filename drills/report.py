"""docs/reliability.md and its chart, from the results: `python -m drills.report`, `headwater drill --report`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from drills.chart import Bar, chart
from drills.registry import DRILLS
from drills.results import RESULTS
from local.settings import REPOSITORY

PAGE = REPOSITORY / "docs" / "reliability.md"
CHART = Path("images") / "reliability.svg"  # beside the page
Found = Mapping[str, Any]

_HEAD = """# Reliability, as drilled

*This page is generated from `drills/results/` by `headwater drill --report`. Do not edit it.*

Each drill starts a private copy of the local stack and breaks something while producers send to all eleven topics. The producers are a
program of their own: they write down every acknowledgement, and know nothing of Headwater. In the end two accounts are made: their
list against bronze, read as Parquet files and Delta log alone, and Headwater's own ledger. *Lost* is an acknowledged record that bronze
does not have, or not with its value; *doubled* is a row too many, by coordinates or by the record's id. *Seconds to recover* are counted
from the end of the fault until everything that had been acknowledged by then was in bronze, the slowest of all rounds. Where a driver
died, they have its new start in them, and a controller that looks every 2 seconds; the schedule looks once a minute.

A run whose ledger could not be made (–) has not passed. *When* names the commit; with `-dirty` the code had changes that are not in
it. A *short* run has fewer rounds and briefer faults than the text says. Limits are meant for a machine with nothing else to do; *load
before* is its load average when the drill began.

Run one yourself: `headwater drill kill-driver` (`--list` names them all, `--all` runs them, `--short` makes each a matter of minutes).
"""


def page(results: Sequence[Found]) -> str:
    """Drills in the registry's order, those without a result named at the end."""
    by_name = {found["name"]: found for found in results}
    known = [by_name[name] for name in DRILLS if name in by_name]
    lines = [
        _HEAD,
        "| drill | rounds | acknowledged | lost | doubled | s to recover | limit, s | ledger | passed | when | machine |",
        "|---|--:|--:|--:|--:|--:|--:|---|---|---|---|",
        *(_row(found) for found in known),
        "",
        f"![Seconds to recover by drill]({CHART})",
        "",
        "## What was done",
        "",
        *(f"- **{found['name']}**{_how(found)}. {' '.join(found['what'].split())}" for found in known),
        "",
    ]
    for found in known:
        if found["troubles"]:
            lines += [f"**{found['name']} did not pass:**", "", *(f"- {trouble}" for trouble in found["troubles"]), ""]
    if missing := [name for name in DRILLS if name not in by_name]:
        lines += [f"Not run yet: {', '.join(missing)}.", ""]
    return "\n".join(lines)


def _row(found: Found) -> str:
    seconds = "–" if found["seconds"] is None else f"{found['seconds']:.1f}"
    rounds = f"{found['rounds']}{', short' if found['short'] else ''}"
    counts = f"{rounds} | {found['acknowledged']:,} | {found['lost']:,} | {found['doubled']:,}"
    ledger = "–" if found["ledger"] is None else "open" if found["ledger"]["findings"] else "closed"
    when = f"{found['at'][:10]}, {found['versions']['commit']}"
    passed = "yes" if found["passed"] else "**no**"
    words = (found["name"], counts, seconds, f"{found['limit_seconds']:.0f}", ledger, passed, when, _machine(found["machine"]))
    return f"| {' | '.join(words)} |"


def _machine(machine: Found) -> str:
    memory = f"{machine['memory_bytes'] / 1e9:.0f} GB"
    return f"{machine['cores']} cores, {memory}, {machine['processor']}; load before {machine['load_before']}"


def _how(found: Found) -> str:
    words = [f"seed {found['seed']}"]
    words += [f"writer {found['writer']}"] if found["writer"] != "driver" else []
    return f" ({', '.join(words)})"


def read_results(directory: Path = RESULTS) -> list[Found]:
    return [json.loads(file.read_text()) for file in sorted(directory.glob("*.json"))]


def write_report(directory: Path = RESULTS, to: Path = PAGE) -> Path:
    """Writes the page and its chart. Idempotent: the same results give the same page."""
    results = read_results(directory)
    by_name = {found["name"]: found for found in results if found["seconds"] is not None}
    ran = [by_name[name] for name in DRILLS if name in by_name]
    (to.parent / CHART).parent.mkdir(parents=True, exist_ok=True)
    bars = [Bar(found["name"], found["seconds"], found["limit_seconds"], found["passed"]) for found in ran]
    (to.parent / CHART).write_text(chart(bars))
    to.write_text(page(results))
    return to


if __name__ == "__main__":
    print(write_report())
