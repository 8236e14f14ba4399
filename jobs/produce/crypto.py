"""Prices of coins: geometric random walks, so that a quiet minute moves little and a day moves a few percent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle
from math import exp, sqrt
from random import Random

from jobs.produce.record import Message

_DAY_SECONDS = 86400
_EUR_PER_USD = 0.92


@dataclass
class _Coin:
    name: str
    price: float  # USD
    supply: float  # coins
    volatility: float  # standard deviation of a day's log return
    yesterday: float = 0.0  # the price that change_24h compares with
    seen: datetime | None = None

    def move(self, random: Random, when: datetime) -> None:
        """To its price at that time. Yesterday's price follows slowly."""
        seconds = max((when - self.seen).total_seconds(), 0.0) if self.seen else 0.0
        share = min(seconds / _DAY_SECONDS, 1.0)
        self.price *= exp(random.gauss(0, 1) * self.volatility * sqrt(share))
        self.yesterday += (self.price - self.yesterday) * share
        self.seen = when


def prices(random: Random, times: Iterable[datetime]) -> Iterator[Message]:
    """Each time the next coin's price."""
    for coin, when in zip(cycle(_coins(random)), times, strict=False):
        coin.move(random, when)
        yield (
            when,
            {
                "crypto": coin.name,
                "price_usd": round(coin.price, 6),
                "price_eur": round(coin.price * _EUR_PER_USD, 6),
                "change_24h": round(100 * (coin.price / coin.yesterday - 1), 3),
                "market_cap": round(coin.price * coin.supply, 2),
                "volume_24h": round(coin.price * coin.supply * random.uniform(0.02, 0.06), 2),
                "timestamp": when,
            },
        )


def _coins(random: Random) -> list[_Coin]:
    coins = [
        _Coin("bitcoin", 64_000, 19.7e6, 0.025),
        _Coin("ethereum", 3_100, 120e6, 0.032),
        _Coin("cardano", 0.45, 35.6e9, 0.045),
        _Coin("solana", 145, 465e6, 0.05),
        _Coin("polkadot", 6.2, 1.4e9, 0.045),
    ]
    for coin in coins:
        coin.yesterday = coin.price
        coin.price *= exp(random.gauss(0, coin.volatility))
    return coins
