"""How long something took, each time: a histogram as Prometheus has them, in what a driver says of itself."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate

BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)  # seconds
BEYOND = "+Inf"


@dataclass(frozen=True)
class Durations:
    """Bucket → how many took at most so many seconds, each bucket with those before it; and the seconds of all of them. What a driver of an
    earlier version does not tell is empty."""

    buckets: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0


class DurationFigures:
    """Counts them. One thread notes, any may ask."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS) + 1)
        self._seconds = 0.0

    def note(self, seconds: float) -> None:
        self._counts[bisect_left(BOUNDS, seconds)] += 1
        self._seconds += seconds

    def told(self) -> Durations:
        """All since the driver started."""
        names = (*(str(bound) for bound in BOUNDS), BEYOND)
        return Durations(dict(zip(names, accumulate(self._counts), strict=True)), round(self._seconds, 3))
