"""What Headwater has set out to reach on two cores, and whether it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.figures import ratio
from benchmarks.scenarios import CatchUp, Steady


@dataclass(frozen=True)
class Target:
    """`value` is None where what it needs was not measured."""

    name: str
    value: float | None
    limit: float
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        if self.value is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def targets(steady: Mapping[str, Steady], catch_up: Mapping[str, CatchUp]) -> list[Target]:
    """Every target, by contestant name."""
    p50 = {name: result.prompt.p50 for name, result in steady.items()}
    rates = {name: result.throughput.rate for name, result in catch_up.items()}
    ours, ours_behind = steady.get("headwater"), catch_up.get("headwater")
    peaks = [result.peak_bytes for result in (ours, ours_behind) if result]
    return [
        Target("steady: record to commit, p50, s", p50.get("headwater"), 0.7),
        Target("steady: record to commit, p99, s", ours.prompt.p99 if ours else None, 1.2),
        Target("steady: times fresher than plain Spark (p50)", ratio(p50.get("spark"), p50.get("headwater")), 8, at_least=True),
        Target("steady: times the delay of no Spark (p50)", ratio(p50.get("headwater"), p50.get("direct")), 1.3),
        Target("catch-up: times the rate of plain Spark, both warm", ratio(rates.get("headwater"), rates.get("spark")), 1, at_least=True),
        Target("memory of the driver at most, GB", max(peaks) / 1e9 if peaks else None, 1.5),
        Target("idle: CPU, % of one core", ours.idle_cpu_percent if ours else None, 10),
    ]
