"""gold.crypto_market: how each coin did, and its place among the others."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from math import log, sqrt

import pytest
from pyspark.sql import SparkSession

from jobs.gold.crypto_market import crypto_market
from tests.jobs.bronze_rows import DAY, NOON
from tests.jobs.rows import rows
from tests.jobs.silver_rows import PRICES, at, silver

TOMORROW = NOON + timedelta(days=1)


def tick(crypto: str, clock: str, price: int, cap: int) -> dict[str, object]:
    return {"crypto": crypto, "event_time": at(clock), "price_usd": Decimal(price), "market_cap": Decimal(cap)}


def test_return_volatility_share_and_rank(spark: SparkSession) -> None:
    prices = silver(
        spark,
        PRICES,
        tick("bitcoin", "12:20:00", 99, 600),  # three windows without a price before it
        tick("bitcoin", "12:00:00", 80, 9000),
        tick("bitcoin", "12:04:00", 100, 9000),
        tick("bitcoin", "12:05:00", 110, 9000),
        tick("cardano", "12:00:00", 5, 200),
        tick("ethereum", "12:00:00", 4, 1),
        tick("ethereum", "12:05:00", 5, 200),
        tick("solana", "12:00:00", 1, 0),
        {"event_time": TOMORROW, "market_cap": Decimal(0)},
    )
    found = rows(crypto_market(prices), "event_date", "crypto", "market_rank", "daily_return", "volatility", "market_share")
    assert [row[:3] for row in found] == [
        (DAY, "bitcoin", 1),
        (DAY, "cardano", 2),
        (DAY, "ethereum", 2),
        (DAY, "solana", 4),
        (TOMORROW.date(), "bitcoin", 1),
    ]
    # Of two returns the sample deviation is their distance by the root of two.
    volatility = (log(110 / 100) - log(99 / 110)) / sqrt(2)
    assert [value for row in found for value in row[3:]] == pytest.approx(
        [0.2375, volatility, 0.6, 0.0, None, 0.2, 0.25, None, 0.2, 0.0, None, 0.0, 0.0, None, None]
    )
