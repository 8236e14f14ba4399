"""silver.crypto_prices: one row a coin and time."""

from __future__ import annotations

from decimal import Decimal

from pyspark.sql import SparkSession

from jobs.silver.crypto_prices import crypto_prices
from tests.jobs.examples import current, example
from tests.jobs.rows import rows


def test_tick_that_is_corrected_is_one_row_with_the_last_price(spark: SparkSession) -> None:
    ticks = [example("crypto_prices"), example("crypto_prices", price_usd=0.1), example("crypto_prices", crypto="cardano")]
    assert rows(crypto_prices(current(spark, "crypto_prices", *ticks)), "crypto", "price_usd", "change_24h", "market_cap", "_offset") == [
        ("bitcoin", Decimal("0.1"), -2.37, Decimal(1265000000000), 1),
        ("cardano", Decimal("64231.18"), -2.37, Decimal(1265000000000), 2),
    ]
