"""Prices of coins: geometric random walks, so that a quiet minute moves little and a day moves a few percent.

There is one market, whoever tells of it: the prices that are generated for yesterday and those of the stand-in continue each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from math import exp
from random import Random
from typing import NamedTuple

from jobs.produce.episodes import walk
from jobs.produce.record import Message

_DAY = timedelta(days=1)
_EUR_PER_USD, _EUR_VOLATILITY = 0.92, 0.004
_TRADED, _TRADED_VOLATILITY = 0.04, 0.06  # share of a coin's supply that changes hands in 24 hours


@dataclass(frozen=True)
class Coin:
    """One coin; a market of its own, in USD."""

    name: str
    home: float  # USD, which the price comes back to about
    supply: float  # coins
    volatility: float  # standard deviation of a day's log return

    def quote(self, when: datetime) -> Quote:
        """What it is worth then."""
        price = self._price(when)
        traded = _TRADED * exp(walk(f"{self.name} traded", when, _TRADED_VOLATILITY))
        return Quote(price, 100 * (price / self._price(when - _DAY) - 1), price * self.supply, price * self.supply * traded)

    def _price(self, when: datetime) -> float:
        return self.home * exp(walk(self.name, when, self.volatility))


class Quote(NamedTuple):
    """A coin at one time, in USD: price, percent of change in the 24 hours before, value of all coins, and of those traded in that time."""

    price: float
    change: float
    cap: float
    volume: float


COINS = (
    Coin("bitcoin", 64_000, 19.7e6, 0.025),
    Coin("ethereum", 3_100, 120e6, 0.032),
    Coin("cardano", 0.45, 35.6e9, 0.045),
    Coin("solana", 145, 465e6, 0.05),
    Coin("polkadot", 6.2, 1.4e9, 0.045),
)


def prices(_: Random, times: Iterable[datetime]) -> Iterator[Message]:
    """Each time the next coin's price."""
    for coin, when in zip(cycle(COINS), times, strict=False):
        quote = coin.quote(when)
        yield (
            when,
            {
                "crypto": coin.name,
                "price_usd": round(quote.price, 6),
                "price_eur": round(quote.price * euros(when), 6),
                "change_24h": round(quote.change, 3),
                "market_cap": round(quote.cap, 2),
                "volume_24h": round(quote.volume, 2),
                "timestamp": when,
            },
        )


def euros(when: datetime) -> float:
    """For a dollar."""
    return _EUR_PER_USD * exp(walk("euro", when, _EUR_VOLATILITY))
