"""Prices of coins: geometric random walks, so that a quiet minute moves little and a day moves a few percent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle
from math import exp, sqrt
from random import Random

from jobs.produce.episodes import Wandering
from jobs.produce.record import Message

_DAY_SECONDS = 86400
_EUR_PER_USD = 0.92
_TRADED = 0.04  # share of a coin's supply that changes hands in 24 hours


@dataclass
class Coin:
    """One coin on its way; a market of its own, in USD."""

    name: str
    price: float  # USD
    supply: float  # coins
    volatility: float  # standard deviation of a day's log return
    yesterday: float = 0.0  # the price that change_24h compares with
    seen: datetime | None = None
    traded: Wandering = field(default_factory=lambda: Wandering(_TRADED, spread=0.008, hours=5))

    def move(self, random: Random, when: datetime) -> None:
        """To its price at that time. Yesterday's price follows slowly."""
        seconds = max((when - self.seen).total_seconds(), 0.0) if self.seen else 0.0
        share = min(seconds / _DAY_SECONDS, 1.0)
        self.price *= exp(random.gauss(0, 1) * self.volatility * sqrt(share))
        self.yesterday += (self.price - self.yesterday) * share
        self.seen = when

    @property
    def change(self) -> float:
        """Percent in 24 hours."""
        return 100 * (self.price / self.yesterday - 1)

    @property
    def cap(self) -> float:
        return self.price * self.supply

    def volume(self, random: Random, when: datetime) -> float:
        """What was traded in the 24 hours before."""
        return self.cap * max(self.traded.at(random, when, _TRADED), 0.002)


def prices(random: Random, times: Iterable[datetime]) -> Iterator[Message]:
    """Each time the next coin's price."""
    euro = euro_rate()
    for coin, when in zip(cycle(coins(random)), times, strict=False):
        coin.move(random, when)
        yield (
            when,
            {
                "crypto": coin.name,
                "price_usd": round(coin.price, 6),
                "price_eur": round(coin.price * euro.at(random, when, _EUR_PER_USD), 6),
                "change_24h": round(coin.change, 3),
                "market_cap": round(coin.cap, 2),
                "volume_24h": round(coin.volume(random, when), 2),
                "timestamp": when,
            },
        )


def euro_rate() -> Wandering:
    """Euros for a dollar."""
    return Wandering(_EUR_PER_USD, spread=0.01, hours=240)


def coins(random: Random) -> list[Coin]:
    coins = [
        Coin("bitcoin", 64_000, 19.7e6, 0.025),
        Coin("ethereum", 3_100, 120e6, 0.032),
        Coin("cardano", 0.45, 35.6e9, 0.045),
        Coin("solana", 145, 465e6, 0.05),
        Coin("polkadot", 6.2, 1.4e9, 0.045),
    ]
    for coin in coins:
        coin.yesterday = coin.price
        coin.price *= exp(random.gauss(0, coin.volatility))
    return coins
