"""gold.crypto_ohlc_5m: what each price did in five minutes."""

from __future__ import annotations

from decimal import Decimal

from pyspark.sql import SparkSession

from jobs.gold.crypto_ohlc_5m import crypto_ohlc_5m
from tests.jobs.bronze_rows import DAY
from tests.jobs.rows import rows
from tests.jobs.silver_rows import PRICES, at, silver

FIGURES = ("open", "high", "low", "close", "close_eur", "volume_24h", "market_cap", "ticks")


def tick(clock: str, price: str, **more: object) -> dict[str, object]:
    return {"event_time": at(clock), "price_usd": Decimal(price), **more}


def test_first_and_last_are_by_event_time_and_then_by_offset(spark: SparkSession) -> None:
    last = {"price_eur": Decimal(99), "volume_24h": Decimal(7), "market_cap": Decimal(77)}
    prices = silver(
        spark,
        PRICES,
        tick("12:04:59.999999", "110", _offset=1, **last),
        tick("12:02:00", "120.000000000001", _offset=9),
        tick("12:03:00", "80", _offset=8),
        tick("12:00:00", "100", _offset=7),
        tick("12:15:00", "50"),  # the windows between have no row
        tick("12:00:00", "5", crypto="cardano", _offset=2),
        tick("12:00:00", "6", crypto="cardano", _offset=1),
    )
    windows = rows(crypto_ohlc_5m(prices), "crypto", "window_start", "window_end", "event_date", *FIGURES)
    assert [row[:4] for row in windows] == [
        ("bitcoin", at("12:00:00"), at("12:05:00"), DAY),
        ("bitcoin", at("12:15:00"), at("12:20:00"), DAY),
        ("cardano", at("12:00:00"), at("12:05:00"), DAY),
    ]
    assert [row[4:] for row in windows] == [
        (100, Decimal("120.000000000001"), 80, 110, 99, 7, 77, 4),
        (50, 50, 50, 50, 90, 10, 1000, 1),
        (6, 6, 5, 5, 90, 10, 1000, 2),
    ]
