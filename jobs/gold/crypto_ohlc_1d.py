"""silver.crypto_prices → gold.crypto_ohlc_1d, one row a coin and day with ticks."""

from __future__ import annotations

from pyspark.sql import DataFrame

from jobs.common.ohlc import ohlc

daily = ohlc(minutes=24 * 60)


def crypto_ohlc_1d(crypto_prices: DataFrame) -> DataFrame:
    """Open, high, low and close of each coin and UTC day, from the day's ticks alone."""
    return daily(crypto_prices).drop("window_start", "window_end")
