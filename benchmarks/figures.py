"""The arithmetic: delays, rates, and whether each record arrived exactly once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.arrivals import Arrivals, Rows


def percentile(values: np.ndarray, percent: float) -> float | None:
    """The smallest of the values that `percent` of them do not exceed; None of no values."""
    return float(np.percentile(values, percent, method="inverted_cdf")) if len(values) else None


def delays(arrivals: Iterable[Arrivals], since: float, until: float) -> np.ndarray:
    """Seconds from Kafka's timestamp to the commit, of each record with a timestamp in [since, until)."""
    found = [
        (each.committed_at - each.added.recorded_at)[(each.added.recorded_at >= since) & (each.added.recorded_at < until)]
        for each in arrivals
    ]
    return np.concatenate(found) if found else np.empty(0)


def commits_per_hour(arrivals: Iterable[Arrivals], since: float, until: float) -> float:
    """Commits of rows per hour and table, in [since, until)."""
    listed = list(arrivals)
    commits = sum(since <= at < until for each in listed for at in each.commits)
    return commits / len(listed) / (until - since) * 3600


@dataclass(frozen=True)
class Throughput:
    """How fast a backlog went down, from the start of the clock to the last commit."""

    records: int  # committed in that time
    seconds: float
    rate: float  # records per second
    commits: int


def throughput(arrivals: Iterable[Arrivals], started: float) -> Throughput:
    listed = list(arrivals)
    at = np.concatenate([each.committed_at for each in listed])
    since = at[at >= started]
    seconds = float(at.max()) - started
    commits = sum(moment >= started for each in listed for moment in each.commits)
    return Throughput(len(since), seconds, len(since) / seconds, commits)


@dataclass(frozen=True)
class Account:
    """What came of the records that Kafka holds: each should be there once."""

    records: int
    lost: int
    doubled: int  # rows beyond the first of a record
    unknown: int  # rows of no record that Kafka holds

    @property
    def exact(self) -> bool:
        return not (self.lost or self.doubled or self.unknown)

    def __add__(self, other: Account) -> Account:
        return Account(*(getattr(self, name) + getattr(other, name) for name in Account.__dataclass_fields__))


def account(rows: Rows, places: Mapping[int, tuple[int, int]]) -> Account:
    """Compares rows with the offsets [begin, end) of each partition."""
    total = Account(0, 0, 0, int((~np.isin(rows.partition, list(places))).sum()))
    for number, (begin, end) in places.items():
        offsets = rows.offset[rows.partition == number]
        inside = offsets[(offsets >= begin) & (offsets < end)]
        different = len(np.unique(inside))
        total += Account(end - begin, end - begin - different, len(inside) - different, len(offsets) - len(inside))
    return total


def ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one is not None and other else None
