"""A shop and its machines: orders with exact totals, log lines by request, servers that feel the day."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from itertools import cycle
from random import Random

from jobs.produce.clock import OFFICE_HOURS
from jobs.produce.episodes import Wandering, busy, in_episode
from jobs.produce.record import Message

_PRODUCTS = (
    "Espresso machine",
    "Kettle",
    "Toaster",
    "Desk lamp",
    "Notebook",
    "Backpack",
    "Headphones",
    "Rain jacket",
    "Water bottle",
    "Chair",
)
_VARIANTS = ("small", "standard", "large", "deluxe")
_NEXT_STATUS = {"pending": ("paid", "cancelled"), "paid": ("shipped", "cancelled"), "shipped": ("delivered",)}
_MODULES = {"auth": 12, "cart": 18, "payment": 140, "search": 60, "shipping": 85, "recommendation": 220}  # usual duration, ms
_LEVELS = {
    "DEBUG": "cache looked up",
    "INFO": "request served",
    "WARNING": "slow answer",
    "ERROR": "upstream timed out",
    "CRITICAL": "out of memory",
}
_MODULE_NAMES, _LEVEL_NAMES = tuple(_MODULES), tuple(_LEVELS)
_USUALLY, _IN_TROUBLE = (25, 68, 5, 1.8, 0.2), (20, 55, 12, 11, 2)  # how often each level comes, in percent


def orders(random: Random, times: Iterable[datetime]) -> Iterator[Message]:
    """New orders, and now and then the next state of one of the last 200; its timestamp stays the order's."""
    catalogue = [
        (f"P-{number:04d}", f"{product}, {variant}", Decimal(random.randint(299, 29_999)) / 100)
        for number, (product, variant) in enumerate(((product, variant) for product in _PRODUCTS for variant in _VARIANTS), start=1)
    ]
    order_id = random.randrange(1, 10**6) * 10**7  # so that the orders of two seeds are not the same ones
    recent: deque[dict[str, object]] = deque(maxlen=200)
    for when in times:
        if recent and random.random() < 0.3:
            order = _next_state(random, recent)
        else:
            order_id += 1
            order = _order(random, order_id, when, catalogue)
        if order["status"] in _NEXT_STATUS:
            recent.append(order)
        yield when, order


def _next_state(random: Random, recent: deque[dict[str, object]]) -> dict[str, object]:
    """One of the recent orders, taken out, a step further: most go well."""
    place = random.randrange(len(recent))
    order = recent[place]
    del recent[place]
    well, *badly = _NEXT_STATUS[str(order["status"])]
    return order | {"status": badly[0] if badly and random.random() < 0.1 else well}


def _order(random: Random, order_id: int, when: datetime, catalogue: list[tuple[str, str, Decimal]]) -> dict[str, object]:
    chosen = random.sample(catalogue, random.choices((1, 2, 3, 4), (50, 27, 15, 8))[0])
    lines = [(*product, random.choices((1, 2, 3, 5), (70, 18, 8, 4))[0]) for product in chosen]
    return {
        "order_id": order_id,
        "customer_id": f"C-{random.randint(1, 800):04d}",
        "timestamp": when,
        "items": [
            {
                "product_id": product_id,
                "product_name": name,
                "quantity": quantity,
                "unit_price": _amount(price),
                "subtotal": _amount(price * quantity),
            }
            for product_id, name, price, quantity in lines
        ],
        "total": _amount(sum((price * quantity for _, _, price, quantity in lines), Decimal(0))),
        "status": "pending",
    }


def _amount(value: Decimal) -> float:
    """Cents are exact in JSON: the shortest text of this double is the decimal's."""
    return float(value)


def log_lines(random: Random, times: Iterable[datetime]) -> Iterator[Message]:
    """Requests of one to six lines; now and then a module is in trouble for five minutes."""
    request, left, user = "", 0, ""
    for when in times:
        if left == 0:
            request, left, user = f"req-{random.randrange(16**12):012x}", random.randint(1, 6), f"U-{random.randint(1, 1000)}"
        left -= 1
        module = random.choice(_MODULE_NAMES)
        troubled = in_episode(f"trouble in {module}", when, 5, 0.03)
        level = random.choices(_LEVEL_NAMES, _IN_TROUBLE if troubled else _USUALLY)[0]
        line = {"timestamp": when, "level": level, "module": module, "message": f"{module}: {_LEVELS[level]}", "request_id": request}
        if int(request[-1], 16) < 12:  # three requests in four come from a user who is logged in
            line["user_id"] = user
        if level != "DEBUG":
            line["duration_ms"] = round(_MODULES[module] * random.lognormvariate(0, 0.6) * (3 if troubled else 1), 1)
        yield when, line


def metrics(random: Random, times: Iterable[datetime]) -> Iterator[Message]:
    """Each time the next of 12 servers; load follows the office hours, memory wanders, and at times one runs hot for some minutes."""
    servers = [f"{kind}-{number:02d}" for kind in ("web", "app", "db") for number in range(1, 5)]
    strength = {server: random.uniform(0.5, 0.95) for server in servers}
    usual = {server: random.uniform(30, 75) for server in servers}
    memory = {server: Wandering(usual[server], spread=8, hours=6) for server in servers}
    for server, when in zip(cycle(servers), times, strict=False):
        hot = in_episode(f"{server} runs hot", when, 4, 0.01)
        cpu = random.gauss(96, 2) if hot else random.gauss(8 + 75 * busy(OFFICE_HOURS, when) * strength[server], 5)
        used = memory[server].at(random, when, usual[server])
        yield when, {"server": server, "timestamp": when, "cpu_pct": _percent(cpu), "memory_pct": _percent(used)}


def _percent(value: float) -> float:
    return round(min(max(value, 0.0), 100.0), 2)
