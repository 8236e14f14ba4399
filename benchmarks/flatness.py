"""A long run in tenths: what each costs and holds, and whether the last is like the second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.figures import percentile, ratio

SECOND, LAST = 1, 9
MANY = 1000  # commits in a tenth, from which on its 99th percentile is more than a chance


@dataclass
class Tenth:
    """What was measured in one tenth of the run. The levels are the highest that were seen."""

    commit_seconds: list[float] = field(default_factory=list)
    upkeep_seconds: list[float] = field(default_factory=list)  # of the commits after which there was some
    open_seconds: list[float] = field(default_factory=list)  # what it costs a reader to open the table
    live_files: int = 0
    log_objects: int = 0
    data_objects: int = 0
    memory_bytes: int = 0

    def saw(self, **levels: int) -> None:
        for name, value in levels.items():
            setattr(self, name, max(getattr(self, name), value))

    def figures(self) -> dict[str, float]:
        commits, opens = np.array(self.commit_seconds) * 1000, np.array(self.open_seconds) * 1000
        upkeep = np.array(self.upkeep_seconds or [0.0]) * 1000
        return {
            "commit_p50_ms": percentile(commits, 50) or 0.0,
            "commit_p99_ms": percentile(commits, 99) or 0.0,
            "upkeep_ms_per_commit": float(upkeep.sum()) / max(len(commits), 1),
            "upkeep_longest_ms": float(upkeep.max()),
            "open_ms": percentile(opens, 50) or 0.0,
            "live_files": self.live_files,
            "log_objects": self.log_objects,
            "data_objects": self.data_objects,
            "memory_mb": self.memory_bytes / 1e6,
        }


@dataclass(frozen=True)
class Verdict:
    """One figure of the last tenth compared with the second: the first fills what the run then keeps at one level."""

    name: str
    second: float
    last: float
    limit: float

    @property
    def ratio(self) -> float:
        return ratio(self.last, self.second) or 0.0

    @property
    def flat(self) -> bool:
        return self.ratio <= self.limit


# Memory has less room than the others: what a commit leaves behind for ever is small beside what a driver needs anyway.
LIMITS = {
    "commit_p50_ms": 1.5,
    "commit_p99_ms": 1.5,
    "upkeep_ms_per_commit": 1.5,
    "open_ms": 1.5,
    "live_files": 1.5,
    "log_objects": 1.5,
    "data_objects": 1.5,
    "memory_mb": 1.15,
}


def verdicts(tenths: Sequence[Tenth]) -> list[Verdict]:
    second, last = tenths[SECOND].figures(), tenths[LAST].figures()
    few = len(tenths[LAST].commit_seconds) < MANY
    return [Verdict(name, second[name], last[name], limit) for name, limit in LIMITS.items() if not (few and name == "commit_p99_ms")]
