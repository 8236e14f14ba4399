"""A city: road sensors that feel the rush hours, buses and trams that run late with them, and incidents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import cycle
from random import Random

from jobs.produce.clock import RUSH_HOURS
from jobs.produce.episodes import Wandering, busy, chance, in_episode
from jobs.produce.record import Message

_ZONES = ("centre", "north", "east", "south", "west", "harbour", "airport", "university")
_LINES = tuple(f"T{number}" for number in range(1, 6)) + tuple(f"B{number}" for number in range(10, 18))
_INCIDENTS = {
    "accident": "Two vehicles, one lane closed",
    "breakdown": "A lorry stands on the right lane",
    "roadworks": "One lane until the evening",
    "fire": "Smoke from a building, the street is closed",
    "flooding": "Water on the road after heavy rain",
    "demonstration": "Several hundred people on the road",
}
_KINDS = tuple(_INCIDENTS)


def traffic_sensors(random: Random, times: Iterable[datetime]) -> Iterator[Message]:
    """Each time the next of 48 sensors reports."""
    sensors = [(f"sensor-{number:03d}", random.choice(_ZONES), random.uniform(42, 88)) for number in range(1, 49)]
    for (sensor, zone, free_speed), when in zip(cycle(sensors), times, strict=False):
        jam = _jam(zone, when)
        occupancy = _held(random.gauss(10 + 58 * jam, 7), 0, 100)
        yield (
            when,
            {
                "sensor_id": sensor,
                "zone": zone,
                "timestamp": when,
                "speed_kmh": _held(free_speed * (1 - occupancy / 108) + random.gauss(0, 3), 0, 250),
                "vehicle_flow": max(0, round(random.gauss(6 + 40 * min(jam, 1), 4))),
                "occupancy_pct": occupancy,
                "data_quality": random.choices(("good", "suspect", "bad"), (96, 3, 1))[0],
            },
        )


def public_transport(random: Random, times: Iterable[datetime]) -> Iterator[Message]:
    """Each time the next of 64 vehicles reports; in rush hours its delay builds up over the best part of an hour, and later melts."""
    vehicles = [(f"vehicle-{number:03d}", random.choice(_LINES), random.choice((60, 90, 180))) for number in range(1, 65)]
    delays = {vehicle: Wandering(random.gauss(1, 1), spread=1.6, hours=0.7) for vehicle, _, _ in vehicles}
    for (vehicle, line, places), when in zip(cycle(vehicles), times, strict=False):
        full = busy(RUSH_HOURS, when) * _weekend(when)
        held_up = 12 if in_episode(f"line {line} is held up", when, 40, 0.02) else 0
        delay = delays[vehicle].at(random, when, 7 * full * full + held_up)
        passengers = max(0, min(round(places * random.gauss(0.12 + 0.68 * full, 0.12)), int(places * 1.5)))
        yield (
            when,
            {
                "vehicle_id": vehicle,
                "line": line,
                "timestamp": when,
                "delay_minutes": _held(delay, -60, 600),
                "occupancy_pct": _held(100 * passengers / places, 0, 150),
                "passengers": passengers,
            },
        )


def incidents(random: Random, times: Iterable[datetime]) -> Iterator[Message]:
    """Each time something happens somewhere: oftenest where a road is blocked."""
    prefix = f"inc-{random.randrange(16**6):06x}"  # so that the incidents of two seeds are not the same ones
    for number, when in enumerate(times, start=1):
        kind = random.choice(_KINDS)
        zone = random.choice(_ZONES)
        blocked = [each for each in _ZONES if in_episode(f"blocked in {each}", when, 30, 0.02)]
        yield (
            when,
            {
                "incident_id": f"{prefix}-{number:06d}",
                "zone": random.choice(blocked) if blocked and random.random() < 0.6 else zone,
                "timestamp": when,
                "type": kind,
                "severity": random.choices(("low", "medium", "high", "critical"), (50, 32, 14, 4))[0],
                "description": _INCIDENTS[kind],
            },
        )


def _jam(zone: str, when: datetime) -> float:
    """How full the zone's roads are, 0 to 1, and more where a road is blocked for half an hour."""
    blocked = 0.55 if in_episode(f"blocked in {zone}", when, 30, 0.02) else 0.0
    return busy(RUSH_HOURS, when) * _weekend(when) * (0.8 + 0.2 * chance(zone)) + blocked


def _weekend(when: datetime) -> float:
    """Weekends are calmer."""
    return 0.55 if when.weekday() >= 5 else 1.0


def _held(value: float, low: float, high: float) -> float:
    return round(min(max(value, low), high), 2)
