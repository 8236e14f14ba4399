"""The random walk that a name has: the same whoever asks, and one that moves as it says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import correlation, stdev

import pytest

from jobs.produce.episodes import _normal, walk

START = datetime(2026, 1, 1, tzinfo=UTC)


def steps(name: str, step: timedelta, number: int) -> list[float]:
    values = [walk(name, START + each * step, 0.03) for each in range(number + 1)]
    return [after - before for before, after in pairwise(values)]


@pytest.mark.parametrize("step", [timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)])
def test_a_step_grows_with_the_root_of_its_time(step: timedelta) -> None:
    expected = 0.03 * (step / timedelta(days=1)) ** 0.5
    assert stdev(steps("bitcoin", step, 1000)) == pytest.approx(expected, rel=0.1)


def test_a_step_says_nothing_of_the_next_nor_of_another_names() -> None:
    one, other = steps("bitcoin", timedelta(hours=1), 2000), steps("ethereum", timedelta(hours=1), 2000)
    assert abs(correlation(one[1:], one[:-1])) < 0.1
    assert abs(correlation(one, other)) < 0.1


def test_years_do_not_take_it_far() -> None:
    values = [walk("bitcoin", START + timedelta(days=7 * week), 0.03) for week in range(52 * 40)]
    assert max(map(abs, values)) < 1
    assert stdev(values) > 0.1


def test_whoever_asks_in_whatever_order_finds_the_same_walk() -> None:
    times = [START + timedelta(seconds=37 * number) for number in range(200)]
    forwards = [walk("euro", when, 0.004) for when in times]
    _normal.cache_clear()
    assert [walk("euro", when, 0.004) for when in reversed(times)] == forwards[::-1]
    assert walk("euro", datetime(2, 1, 1, tzinfo=UTC), 0.004) != walk("euro", datetime(9999, 12, 30, tzinfo=UTC), 0.004)
