"""Percentiles, rates and accounts on numbers that one can check by hand."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.arrivals import Arrivals, Rows
from benchmarks.figures import Account, account, commits_per_hour, percentile, throughput


def rows(*places: tuple[int, int]) -> Rows:
    partitions, offsets = zip(*places, strict=True) if places else ((), ())
    return Rows(np.array(partitions, np.int64), np.array(offsets, np.int64), np.zeros(len(places)))


def arrived(*commits: tuple[float, int]) -> Arrivals:
    """(time, number of rows) of each commit."""
    count = sum(number for _, number in commits)
    some = rows(*((0, offset) for offset in range(count)))
    return Arrivals(some, np.concatenate([np.full(number, at) for at, number in commits]), some, tuple(at for at, _ in commits))


@pytest.mark.parametrize(("percent", "expected"), [(50, 50.0), (99, 99.0), (100, 100.0)])
def test_percentile_is_a_value_that_was_measured(percent: float, expected: float) -> None:
    assert percentile(np.arange(1.0, 101.0), percent) == expected


def test_percentile_of_nothing_is_none() -> None:
    assert percentile(np.empty(0), 50) is None


def test_rate_is_all_rows_over_the_time_to_the_last_commit() -> None:
    found = throughput([arrived((12.0, 30), (15.0, 10)), arrived((20.0, 60))], started=10.0)

    assert (found.seconds, found.rate, found.commits) == (10.0, 10.0, 3)


def test_what_was_committed_before_the_clock_started_is_no_part_of_the_rate() -> None:
    found = throughput([arrived((8.0, 1000), (12.0, 30)), arrived((9.0, 1000), (20.0, 70))], started=10.0)

    assert (found.records, found.seconds, found.rate, found.commits) == (100, 10.0, 10.0, 2)


def test_commits_per_hour_are_those_of_one_table() -> None:
    assert commits_per_hour([arrived((0.0, 1), (1.0, 1)), arrived((5.0, 1), (99.0, 1))], since=0.0, until=36.0) == 150.0


def test_each_record_once_is_exact() -> None:
    assert account(rows((0, 5), (0, 6), (1, 0)), {0: (5, 7), 1: (0, 1)}) == Account(3, lost=0, doubled=0, unknown=0)


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([(0, 0), (0, 2)], Account(3, lost=1, doubled=0, unknown=0)),
        ([(0, 0), (0, 1), (0, 2), (0, 2)], Account(3, lost=0, doubled=1, unknown=0)),
        ([(0, 0), (0, 1), (0, 2), (0, 3)], Account(3, lost=0, doubled=0, unknown=1)),
        ([(0, 0), (0, 1), (0, 2), (7, 0)], Account(3, lost=0, doubled=0, unknown=1)),
        ([(0, 0), (0, 0), (0, 1)], Account(3, lost=1, doubled=1, unknown=0)),
        ([], Account(3, lost=3, doubled=0, unknown=0)),
    ],
)
def test_each_kind_of_wrong_is_counted(places: list[tuple[int, int]], expected: Account) -> None:
    found = account(rows(*places), {0: (0, 3)})

    assert found == expected
    assert not found.exact
