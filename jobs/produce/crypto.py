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

    def price(self, when: datetime) -> float:
        return self.home * exp(walk(self.name, when, self.volatility))

    def change(self, when: datetime) -> float:
        """Percent in the 24 hours before."""
        return 100 * (self.price(when) / self.price(when - _DAY) - 1)

    def cap(self, when: datetime) -> float:
        return self.price(when) * self.supply

    def volume(self, when: datetime) -> float:
        """What was traded in the 24 hours before."""
        return self.cap(when) * _TRADED * exp(walk(f"{self.name} traded", when, _TRADED_VOLATILITY))


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
        yield (
            when,
            {
                "crypto": coin.name,
                "price_usd": round(coin.price(when), 6),
                "price_eur": round(coin.price(when) * euros(when), 6),
                "change_24h": round(coin.change(when), 3),
                "market_cap": round(coin.cap(when), 2),
                "volume_24h": round(coin.volume(when), 2),
                "timestamp": when,
            },
        )


def euros(when: datetime) -> float:
    """For a dollar."""
    return _EUR_PER_USD * exp(walk("euro", when, _EUR_VOLATILITY))
