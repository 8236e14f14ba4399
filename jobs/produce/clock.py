"""Event times: in order, and as dense as the hours of a day are busy."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from random import Random

# How busy each hour of a day is, by UTC hour from 0 to 23.
STEADY = (1.0,) * 24
RUSH_HOURS = (2, 1, 1, 1, 2, 4, 8, 12, 12, 8, 6, 6, 7, 7, 7, 8, 11, 13, 11, 8, 6, 5, 4, 3)
OFFICE_HOURS = (2, 2, 2, 2, 2, 3, 5, 8, 11, 12, 12, 11, 9, 10, 12, 12, 11, 9, 7, 5, 4, 4, 3, 2)
EVENINGS = (4, 2, 1, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 7, 6, 6, 7, 8, 10, 12, 13, 12, 10, 7)

_HOUR = timedelta(hours=1)


def spread(random: Random, count: int, start: datetime, end: datetime, load: Sequence[float]) -> Iterator[datetime]:
    """`count` times in [start, end), ascending: as many in each hour as its share of the load says."""
    edges = _edges(start, end)
    weights = [load[left.hour] * (right - left) / _HOUR for left, right in pairwise(edges)]
    reached = [0.0, *accumulate(weights)]
    for index in range(count):
        position = (index + random.random()) / count * reached[-1]
        hour = min(bisect_right(reached, position) - 1, len(weights) - 1)
        share = (position - reached[hour]) / weights[hour]
        yield min(edges[hour] + (edges[hour + 1] - edges[hour]) * share, end - timedelta(microseconds=1))


def daily(random: Random, count: int, start: datetime, end: datetime, load: Sequence[float]) -> Iterator[datetime]:
    """`count` times in each UTC day that [start, end) touches, ascending, spread as `spread` does."""
    while start < end:
        midnight = start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        yield from spread(random, count, start, min(midnight, end), load)
        start = midnight


def now(count: int | None) -> Iterator[datetime]:
    """The time at which each is asked for; for ever where there is no count."""
    sent = 0
    while count is None or sent < count:
        yield datetime.now(UTC)
        sent += 1


def _edges(start: datetime, end: datetime) -> list[datetime]:
    """Start, every full hour after it, and end."""
    edges = [start]
    hour = start.replace(minute=0, second=0, microsecond=0) + _HOUR
    while hour < end:
        edges.append(hour)
        hour += _HOUR
    return [*edges, end]
