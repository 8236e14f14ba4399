"""What a drill came to: one line, and a file with the figures, the machine and the versions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from drills.account import Account
from drills.ledger import LedgerVerdict
from local.machine import machine, versions

RESULTS = Path(__file__).with_name("results")


@dataclass(frozen=True)
class Result:
    """One run of one drill. `failures` are what did not hold beside the counts. Seconds are of the slowest recovery of the run."""

    name: str
    what: str
    seed: int
    rounds: int
    short: bool
    writer: str
    account: Account
    ledger: LedgerVerdict | None  # None: it could not be made
    recoveries: tuple[float, ...]
    limit_seconds: float
    failures: tuple[str, ...]
    notes: Mapping[str, object]
    took: float = 0.0  # seconds, from an empty directory to the verdict
    load: float = 0.0  # of the machine before, as `uptime` says it: others' work slows a recovery

    @property
    def seconds(self) -> float | None:
        """None where nothing recovered."""
        return max(self.recoveries, default=None)

    @property
    def troubles(self) -> list[str]:
        """All that keeps the drill from being passed."""
        found = [*self.failures, *self.account.examples]
        if not self.account.acknowledged:
            found.append("no record was acknowledged")
        if self.seconds is None:
            found.append("nothing recovered")
        elif self.seconds > self.limit_seconds:
            found.append(f"a recovery took {self.seconds:.1f} s, the limit is {self.limit_seconds:.0f} s")
        if self.ledger is None:
            return [*found, "the ledger could not be made"]
        return found + [f"ledger: {finding}" for finding in self.ledger.findings]

    @property
    def passed(self) -> bool:
        return self.account.exact and not self.troubles

    def __str__(self) -> str:
        counts = f"{self.account.acknowledged} acknowledged, {self.account.lost} lost, {self.account.doubled} doubled"
        seconds = "not recovered" if self.seconds is None else f"{self.seconds:.1f} s to recover"
        return f"{self.name}: {counts}, {seconds}"


def write(result: Result, directory: Path = RESULTS) -> Path:
    """<directory>/<name>.json; a later run replaces an earlier one."""
    value = {
        "name": result.name,
        "what": result.what,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "passed": result.passed,
        "acknowledged": result.account.acknowledged,
        "lost": result.account.lost,
        "doubled": result.account.doubled,
        "unlisted": result.account.unlisted,
        "seconds": None if result.seconds is None else round(result.seconds, 1),
        "limit_seconds": result.limit_seconds,
        "took_seconds": round(result.took),
        "recoveries": [round(seconds, 1) for seconds in result.recoveries],
        "ledger": None if result.ledger is None else asdict(result.ledger),
        "troubles": result.troubles,
        "seed": result.seed,
        "rounds": result.rounds,
        "short": result.short,
        "writer": result.writer,
        "notes": dict(result.notes),
        "machine": {**machine(), "load_before": round(result.load, 1)},
        "versions": versions(),
    }
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / f"{result.name}.json"
    file.write_text(json.dumps(value, indent=1) + "\n")
    return file
