"""gold.crypto_ohlc_1d: what each price did in a day."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from pyspark.sql import SparkSession

from jobs.gold.crypto_ohlc_1d import crypto_ohlc_1d
from tests.jobs.bronze_rows import DAY
from tests.jobs.rows import rows
from tests.jobs.silver_rows import PRICES, at, silver


def test_day_has_its_own_ticks_from_midnight_to_midnight(spark: SparkSession) -> None:
    tomorrow = DAY + timedelta(days=1)
    times = {at("00:00:00"): 3, at("12:00:00"): 9, at("23:59:59.999999"): 4, at("00:00:00", tomorrow): 5}
    prices = silver(spark, PRICES, *[{"event_time": when, "price_usd": Decimal(price)} for when, price in times.items()])
    assert rows(crypto_ohlc_1d(prices), "crypto", "event_date", "open", "high", "low", "close", "ticks") == [
        ("bitcoin", DAY, 3, 9, 3, 4, 3),
        ("bitcoin", tomorrow, 5, 5, 5, 5, 1),
    ]
