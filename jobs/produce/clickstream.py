"""A shop's visitors: each stays for some minutes, clicks, views and rates in one session, and may come again; some items are far
more popular than others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from math import log2
from random import Random

from jobs.produce.record import Message

_USERS, _ITEMS = 1000, 500
_SLOT_SECONDS = 1200.0  # a place in the shop has a visitor in each
_EVENT_SECONDS, _MOST_PLACES = 150.0, 512
_DEVICE_OF_DIGIT = ("mobile",) * 5 + ("desktop",) * 4 + ("tablet",)
_REVIEWS = ("Does what it says", "Smaller than it looks", "A gift, much liked", "Broke within a week", "Would buy it again")


def clicks(random: Random, times: Iterable[datetime]) -> Iterator[Message]:
    for when, event in _events(random, times, "click"):
        page = f"https://shop.example/items/{event['item_id']}"
        yield when, event | {"page_url": page, "click_duration": round(random.expovariate(0.5), 2)}


def views(random: Random, times: Iterable[datetime]) -> Iterator[Message]:
    for when, event in _events(random, times, "view"):
        device = _DEVICE_OF_DIGIT[int(str(event["user_id"])[-1])]  # a user keeps to one device
        yield when, event | {"view_duration": round(random.lognormvariate(2.6, 0.9), 2), "device_type": device}


def ratings(random: Random, times: Iterable[datetime]) -> Iterator[Message]:
    for when, event in _events(random, times, "rating"):
        review = {"review_text": random.choice(_REVIEWS)} if random.random() < 0.4 else {}
        yield when, event | {"rating": random.choices((1, 2, 3, 4, 5), (6, 7, 15, 34, 38))[0]} | review


def _events(random: Random, times: Iterable[datetime], kind: str) -> Iterator[tuple[datetime, dict[str, object]]]:
    """What all events have: each is of somebody who visits the shop at that time, and of an item that they look at."""
    visits: dict[int, _Visit] = {}
    gap, before = 1.0, None
    for when in times:
        now = when.timestamp()
        if before is not None:
            gap += (min(max(now - before, 0.0), 3600.0) - gap) / 20
        before = now
        visit = _some_visit(random, visits, now, _places(gap))
        yield when, {"event_type": kind, "user_id": visit.user, "item_id": random.choice(visit.items), "timestamp": when}


@dataclass(frozen=True)
class _Visit:
    slot: int
    begin: float
    end: float
    user: int
    items: tuple[int, ...]


def _places(gap: float) -> int:
    """How many visit the shop at once, a power of two, so that a visitor has an event of a feed each two or three minutes."""
    wanted = _EVENT_SECONDS / max(gap, _EVENT_SECONDS / _MOST_PLACES)
    return 1 << max(round(log2(wanted)), 0)


def _some_visit(random: Random, visits: dict[int, _Visit], now: float, places: int) -> _Visit:
    """One that is going on, at one of the places; the last one tried where all those tried are between two visits."""
    for _ in range(8):
        place = random.randrange(places)
        slot = int(now / _SLOT_SECONDS + place * 0.618)
        visit = visits.get(place)
        if visit is None or visit.slot != slot:
            visit = visits[place] = _visit(place, slot)
        if visit.begin <= now < visit.end:
            break
    return visit


def _visit(place: int, slot: int) -> _Visit:
    """Each place has a visit in each slot of its own: the clicks, views and ratings of one visit are those of one user and a few items."""
    random = Random(f"visit {place} {slot}")
    opened = (slot - place * 0.618) * _SLOT_SECONDS
    begin = opened + random.uniform(0, 0.3) * _SLOT_SECONDS
    length = random.uniform(0.15, 0.7) * _SLOT_SECONDS
    items = tuple(_item(random) for _ in range(random.randint(3, 8)))
    return _Visit(slot, begin, begin + length, random.randint(1, _USERS), items)


def _item(random: Random) -> int:
    """Few items are asked for often: Pareto."""
    return min(int(random.paretovariate(0.7)), _ITEMS) if random.random() < 0.7 else random.randint(1, _ITEMS)
