"""A city: road sensors that feel the rush hours, buses and trams that run late with them, and incidents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import cycle
from random import Random

from jobs.produce.clock import RUSH_HOURS
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


def traffic_sensors(random: Random, times: Iterable[datetime]) -> Iterator[Message]:
    """Each time the next of 48 sensors reports."""
    sensors = [(f"sensor-{number:03d}", random.choice(_ZONES), random.uniform(42, 88)) for number in range(1, 49)]
    for (sensor, zone, free_speed), when in zip(cycle(sensors), times, strict=False):
        jam = _rush(when)
        occupancy = _held(random.gauss(12 + 55 * jam, 9), 0, 100)
        yield (
            when,
            {
                "sensor_id": sensor,
                "zone": zone,
                "timestamp": when,
                "speed_kmh": _held(free_speed * (1 - occupancy / 130) + random.gauss(0, 4), 0, 250),
                "vehicle_flow": max(0, round(random.gauss(6 + 40 * jam, 4))),
                "occupancy_pct": occupancy,
                "data_quality": random.choices(("good", "suspect", "bad"), (96, 3, 1))[0],
            },
        )


def public_transport(random: Random, times: Iterable[datetime]) -> Iterator[Message]:
    """Each time the next of 64 vehicles reports; its delay wanders and grows with the traffic."""
    vehicles = [(f"vehicle-{number:03d}", random.choice(_LINES), random.choice((60, 90, 180))) for number in range(1, 65)]
    delays = {vehicle: random.gauss(1, 2) for vehicle, _, _ in vehicles}
    for (vehicle, line, places), when in zip(cycle(vehicles), times, strict=False):
        jam = _rush(when)
        delays[vehicle] = _held(0.9 * delays[vehicle] + random.gauss(0.7 * jam, 0.8), -60, 600)
        passengers = max(0, min(round(places * random.gauss(0.15 + 0.7 * jam, 0.15)), int(places * 1.5)))
        yield (
            when,
            {
                "vehicle_id": vehicle,
                "line": line,
                "timestamp": when,
                "delay_minutes": delays[vehicle],
                "occupancy_pct": _held(100 * passengers / places, 0, 150),
                "passengers": passengers,
            },
        )


def incidents(random: Random, times: Iterable[datetime]) -> Iterator[Message]:
    """Each time something happens somewhere."""
    prefix = f"inc-{random.randrange(16**6):06x}"  # so that the incidents of two seeds are not the same ones
    for number, when in enumerate(times, start=1):
        kind = random.choice(tuple(_INCIDENTS))
        yield (
            when,
            {
                "incident_id": f"{prefix}-{number:06d}",
                "zone": random.choice(_ZONES),
                "timestamp": when,
                "type": kind,
                "severity": random.choices(("low", "medium", "high", "critical"), (50, 32, 14, 4))[0],
                "description": _INCIDENTS[kind],
            },
        )


def _rush(when: datetime) -> float:
    """How full the roads are, 0 to 1; weekends are calmer."""
    before, after = RUSH_HOURS[when.hour], RUSH_HOURS[(when.hour + 1) % 24]
    busy = (before + (after - before) * when.minute / 60) / max(RUSH_HOURS)
    return busy * (0.55 if when.weekday() >= 5 else 1.0)


def _held(value: float, low: float, high: float) -> float:
    return round(min(max(value, low), high), 2)
