"""silver.crypto_prices → gold.crypto_ohlc_1d, one row a coin and day with ticks."""

from __future__ import annotations

from pyspark.sql import DataFrame

from jobs.common.ohlc import ohlc


def crypto_ohlc_1d(crypto_prices: DataFrame) -> DataFrame:
    """Open, high, low and close of each coin and UTC day, from the day's ticks alone."""
    return crypto_prices.groupBy("crypto", "event_date").agg(*ohlc())
