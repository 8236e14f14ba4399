"""What the last hour was like for the feeds that an incident is about: a figure over time, and each feed at the last look. No Spark."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import get_args

from include.contracts.model import Contract
from include.watch.lag_samples import LagSample
from include.watch.lag_state import State

SPAN = timedelta(hours=1)
STEP_MINUTES = 5


@dataclass(frozen=True)
class Trend:
    """A figure in each five minutes of the last hour, by their beginning (UTC); `title` says which, and its unit."""

    title: str
    points: tuple[tuple[datetime, float], ...]


@dataclass(frozen=True)
class FeedNow:
    """A feed at the last look: offsets that bronze lacked, seconds that the oldest of them had waited, hours until Kafka deletes it (None:
    not in sight), and the worst state of its partitions."""

    feed: str
    unread: int
    waited_seconds: float
    runway_hours: float | None
    state: str


@dataclass(frozen=True)
class _Figure:
    title: str
    of_look: Callable[[Sequence[LagSample]], float | None]
    of_step: Callable[[Sequence[float]], float] = max


def _unread(samples: Sequence[LagSample]) -> float:
    return float(sum(sample.lag_records for sample in samples))


def _arrived(samples: Sequence[LagSample]) -> float:
    return float(sum(sample.arrived or 0 for sample in samples))


def _runway(samples: Sequence[LagSample]) -> float | None:
    return min((each.runway_hours for each in samples if each.runway_hours is not None and each.lag_records), default=None)


_UNREAD = _Figure("unread records, the most in each five minutes", _unread)
# Kind of incident, which its id begins with → what is worth seeing of the hour before it.
_FIGURES: Mapping[str, _Figure] = {
    **dict.fromkeys(("kafka", "stream", "parked", "lag", "live"), _UNREAD),
    "freshness": _Figure("records that came between two looks, the most in each five minutes", _arrived),
    "runway": _Figure("hours until unread records are deleted, the fewest in each five minutes", _runway, min),
}
_STATES: tuple[str, ...] = get_args(State)  # the worst last


def feeds_of(incident_id: str, groups: Mapping[str, Collection[Contract]]) -> set[str]:
    """The feeds that the incident is about: of the stream group or the feed that it names; all where it names none; of one that has no
    figure none."""
    kind, _, name = incident_id.partition("/")
    if kind not in _FIGURES:
        return set()
    chosen = groups.values() if not name else [groups[name]] if name in groups else []
    return {contract.feed for group in chosen for contract in group} or {name} & {each.feed for group in groups.values() for each in group}


def trend(incident_id: str, samples: Sequence[LagSample], feeds: Collection[str]) -> Trend | None:
    """The figure of the incident, from its feeds' samples; None where it has none, or nothing was noted."""
    figure = _FIGURES.get(incident_id.partition("/")[0])
    if figure is None:
        return None
    looks: dict[datetime, list[LagSample]] = defaultdict(list)
    for sample in samples:
        if sample.feed in feeds:
            looks[sample.sampled_at].append(sample)
    steps: dict[datetime, list[float]] = defaultdict(list)
    for at, of_look in looks.items():
        if (value := figure.of_look(of_look)) is not None:
            steps[at.replace(minute=at.minute - at.minute % STEP_MINUTES, second=0, microsecond=0)].append(value)
    points = tuple((at, figure.of_step(values)) for at, values in sorted(steps.items()))
    return Trend(figure.title, points) if points else None


def last_look(samples: Sequence[LagSample], feeds: Collection[str]) -> list[FeedNow]:
    """The feeds as they were at the last look that any of them was in, by name."""
    of_feeds = [sample for sample in samples if sample.feed in feeds]
    last = max((sample.sampled_at for sample in of_feeds), default=None)
    by_feed: dict[str, list[LagSample]] = defaultdict(list)
    for sample in of_feeds:
        if sample.sampled_at == last:
            by_feed[sample.feed].append(sample)
    return [_now(feed, of_feed) for feed, of_feed in sorted(by_feed.items())]


def _now(feed: str, samples: Sequence[LagSample]) -> FeedNow:
    waited = max(sample.lag_seconds or 0.0 for sample in samples)
    worst = max((sample.state for sample in samples), key=_STATES.index)
    return FeedNow(feed, sum(sample.lag_records for sample in samples), waited, _runway(samples), worst)
