"""What counts as flat."""

from __future__ import annotations

import pytest

from benchmarks.flatness import MANY, Tenth, verdicts


def tenths(commits: int = MANY, **last: object) -> list[Tenth]:
    made = [Tenth([0.02] * commits, [0.1], [0.05], 20, 150, 60, 300_000_000) for _ in range(10)]
    for name, value in last.items():
        setattr(made[-1], name, value)
    return made


def test_run_that_stays_as_it_is_is_flat() -> None:
    assert all(verdict.flat for verdict in verdicts(tenths()))


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"commit_seconds": [0.031] * MANY}, "commit_p50_ms"),
        ({"commit_seconds": [0.02] * (MANY - 20) + [0.5] * 20}, "commit_p99_ms"),
        ({"upkeep_seconds": [0.1, 0.1]}, "upkeep_ms_per_commit"),
        ({"open_seconds": [0.08]}, "open_ms"),
        ({"live_files": 31}, "live_files"),
        ({"log_objects": 226}, "log_objects"),
        ({"data_objects": 91}, "data_objects"),
        ({"memory_bytes": 350_000_000}, "memory_mb"),
    ],
)
def test_each_growth_is_found(change: dict[str, object], name: str) -> None:
    assert name in [verdict.name for verdict in verdicts(tenths(**change)) if not verdict.flat]


def test_tenth_that_fills_up_does_not_count() -> None:
    first = tenths()
    first[0] = Tenth([0.001], [0.001], [0.001], 1, 1, 1, 1)
    assert all(verdict.flat for verdict in verdicts(first))


def test_percentile_of_few_commits_is_not_judged() -> None:
    assert "commit_p99_ms" not in [verdict.name for verdict in verdicts(tenths(commits=100))]
