"""What becomes of a request on its way to the store: passed on late, refused, or cut off before or after the store has done it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Literal

COMMIT = re.compile(r"PUT /[^?]*/bronze/[^/?]+/_delta_log/\d{20}\.json")  # of a version of a bronze table


@dataclass(frozen=True)
class Request:
    """A request as it came."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Fate:
    """`passed`: the store is asked and its answer given. `refused`: answered with `status` and `code`, the store is not asked. `cut`: the
    connection is reset, the store is not asked. `lost`: the store does what it was asked, and the connection is reset."""

    kind: Literal["passed", "refused", "cut", "lost"] = "passed"
    delay_seconds: float = 0.0
    status: str = ""
    code: str = ""


PASSED = Fate()
REFUSALS = (
    ("503 Slow Down", "SlowDown"),
    ("503 Service Unavailable", "ServiceUnavailable"),
    ("500 Internal Server Error", "InternalError"),
)
Decide = Callable[[Request], Fate]


def sound(_request: Request) -> Fate:
    return PASSED


@dataclass
class Troubled:
    """Shares of the requests that are refused, cut off and of which the reply is lost, 0 to 1 together; the others are late by up to twice
    `delay_seconds`. The same seed gives the same fates in the same order; which request comes when is the clients' affair."""

    seed: int
    delay_seconds: float = 0.0
    refused: float = 0.0
    cut: float = 0.0
    lost: float = 0.0
    _random: Random = field(init=False, repr=False)
    _turn: threading.Lock = field(init=False, repr=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)

    def __call__(self, _request: Request) -> Fate:
        with self._turn:
            roll, delay = self._random.random(), self._random.uniform(0, 2 * self.delay_seconds)
            status, code = self._random.choice(REFUSALS)
        if roll < self.refused:
            return Fate("refused", delay, status, code)
        if roll < self.refused + self.cut:
            return Fate("cut", delay)
        return Fate("lost" if roll < self.refused + self.cut + self.lost else "passed", delay)


@dataclass
class Gate:
    """Holds back the first commit of a bronze table that comes, until it is let through or dropped; all else passes."""

    patience_seconds: float = 120.0
    held: threading.Event = field(default_factory=threading.Event)
    request: Request | None = None
    _opened: threading.Event = field(default_factory=threading.Event)
    _after: Fate = PASSED
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Request) -> Fate:
        with self._turn:
            if self.request is not None or not COMMIT.match(str(request)):
                return PASSED
            self.request = request
        self.held.set()
        self._opened.wait(self.patience_seconds)
        return self._after

    def let_through(self) -> None:
        self._opened.set()

    def drop(self) -> None:
        self._after = Fate("cut")
        self._opened.set()
