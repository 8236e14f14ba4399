"""Discoveries of planets: their features hang together, and Colonisable follows from them, with some noise."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime
from random import Random

from jobs.produce.record import Message

_CATALOGUES = ("Kepler", "TOI", "Gliese", "HD", "Trappist", "Wolf", "LHS")
_AGAIN = 0.04  # share of the discoveries that are of a planet known before
_MISSING = 0.02  # share of the measurements that a discoverer did not make


def discoveries(random: Random, times: Iterable[datetime]) -> Iterator[Message]:
    """One planet for each time; now and then one of the last 500 again, with what others measured."""
    recent: deque[str] = deque(maxlen=500)
    for when in times:
        again = random.choice(recent) if recent and random.random() < _AGAIN else None
        planet = _planet(random, again or _name(random))
        if again is None:
            recent.append(str(planet["Name"]))
        yield when, planet


def _planet(random: Random, name: str) -> dict[str, object]:
    gentle = random.random() < 0.4  # near enough to its star, and not too near
    gravity = round(max(0.05, random.gauss(1.0, 0.2) if gentle else random.lognormvariate(0.2, 0.8)), 3)
    temperature = round(max(-270.0, random.gauss(16, 15) if gentle else random.gauss(-20, 140)), 1)
    rotation = round(max(0.5, random.gauss(25, 6) if gentle else random.lognormvariate(3.6, 0.9)), 2)
    water = int(random.random() < (0.75 if gentle else 0.15))
    minerals = int(random.lognormvariate(5.7, 0.6))
    measured = {
        "Num_Moons": min(int(random.expovariate(0.4)), 95),
        "Minerals": minerals,
        "Gravity": gravity,
        "Sunlight_Hours": round(rotation * random.uniform(0.3, 0.65), 2),
        "Temperature": temperature,
        "Rotation_Time": rotation,
        "Water_Presence": water,
    }
    promise = 3 * water + 2 * (0 <= temperature <= 30) + 2 * (0.8 <= gravity <= 1.2) + (minerals >= 300)
    kept = {name: value for name, value in measured.items() if random.random() >= _MISSING}
    return {"Name": name, **kept, "Colonisable": int(promise + random.gauss(0, 1) > 5)}


def _name(random: Random) -> str:
    return f"{random.choice(_CATALOGUES)}-{random.randint(1, 99999)}{random.choice('bcdefg')}"
