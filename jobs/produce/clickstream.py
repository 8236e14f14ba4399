"""A shop's visitors: a few dozen at a time, each for a while; some items are far more popular than others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from random import Random

from jobs.produce.record import Message

_USERS, _ITEMS, _AT_ONCE = 1000, 500, 60
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
    """What all events have. Visitors come and go: each event one in twenty is replaced."""
    visitors = [random.randint(1, _USERS) for _ in range(_AT_ONCE)]
    for when in times:
        place = random.randrange(_AT_ONCE)
        if random.random() < 0.05:
            visitors[place] = random.randint(1, _USERS)
        yield when, {"event_type": kind, "user_id": visitors[place], "item_id": _item(random), "timestamp": when}


def _item(random: Random) -> int:
    """Few items are asked for often: Pareto."""
    return min(int(random.paretovariate(0.7)), _ITEMS) if random.random() < 0.7 else random.randint(1, _ITEMS)
