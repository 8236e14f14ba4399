"""What happens in the generated world at a time, whoever asks: the feeds of a system tell of the same jam and of the same visitor.

Chance here is a function of name and time alone, not of a seed: two producers with different seeds tell of one world.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from math import exp, sqrt
from random import Random
from statistics import NormalDist
from zlib import crc32

_ALL = 2**32
_DAY_SECONDS = 86_400
_TIED_SECONDS, _FINEST_SECONDS = 64.0 * _DAY_SECONDS, 10.0
_HALF_AS_FAR = sqrt(0.5)  # a walk steps so much less in half of the time
_STANDARD = NormalDist()


def chance(name: str) -> float:
    """A number in [0, 1) that belongs to the name."""
    return crc32(name.encode()) / _ALL


def in_episode(name: str, when: datetime, minutes: int, share: float) -> bool:
    """Whether the time lies in one of the name's episodes: of so many minutes each, and so large a share of all time."""
    return chance(f"{name} {int(when.timestamp()) // (60 * minutes)}") < share


def busy(load: Sequence[float], when: datetime) -> float:
    """How busy the moment is, 0 to 1: the hours' load, sliding from each into the next."""
    before, after = load[when.hour], load[(when.hour + 1) % 24]
    return (before + (after - before) * when.minute / 60) / max(load)


def walk(name: str, when: datetime, daily: float) -> float:
    """Where the name's random walk is at that time. `daily` is the standard deviation of a day's step; it never gets far from 0.

    Two points of it are given by chance alone, and so is, again and again, how far the middle lies off the line between its neighbours
    (Lévy's construction of a Brownian path): whoever asks for a time, in whatever order, finds the same walk.
    """
    at, width = when.timestamp(), _TIED_SECONDS
    left = at // width * width
    step = daily * sqrt(_TIED_SECONDS / _DAY_SECONDS)  # standard deviation over the width
    low, high = (_normal(name, end) * step * _HALF_AS_FAR for end in (left, left + width))
    while width > _FINEST_SECONDS:
        middle = (low + high) / 2 + _normal(name, left + width / 2) * step / 2
        width, step = width / 2, step * _HALF_AS_FAR
        if at < left + width:
            high = middle
        else:
            low, left = middle, left + width
    return low + (high - low) * (at - left) / width


@lru_cache(maxsize=1 << 14)  # neighbouring times share all but the finest of their points
def _normal(name: str, at: float) -> float:
    """A number of the standard normal distribution that belongs to name and time."""
    digest = blake2b(f"{name} {at}".encode(), digest_size=6).digest()
    return _STANDARD.inv_cdf((int.from_bytes(digest) + 0.5) / 2**48)


class Wandering:
    """A value that is drawn back to where it belongs and pushed about by chance, by the time that passes and not by how often one looks."""

    def __init__(self, value: float, spread: float, hours: float) -> None:
        """`spread` is its standard deviation in the long run; after `hours` without chance a third of the way back is left."""
        self.value, self._spread, self._hours = value, spread, hours
        self._seen: datetime | None = None

    def at(self, random: Random, when: datetime, home: float) -> float:
        """Its value then, `home` being where it belongs."""
        passed = max((when - self._seen).total_seconds(), 0.0) / 3600 if self._seen else 0.0
        kept = exp(-passed / self._hours)
        self.value = home + (self.value - home) * kept + random.gauss(0, 1) * self._spread * sqrt(1 - kept * kept)
        self._seen = when
        return self.value
