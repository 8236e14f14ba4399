"""silver.crypto_prices → gold.crypto_ohlc_5m, one row a coin and five minutes with ticks."""

from __future__ import annotations

from pyspark.sql import DataFrame

from jobs.common.ohlc import ohlc
from jobs.common.windows import WINDOW, in_windows


def crypto_ohlc_5m(crypto_prices: DataFrame) -> DataFrame:
    """Open, high, low and close of each coin, from the ticks of the window alone: a window without ticks makes no row, and the
    close before it is not carried on."""
    return in_windows(crypto_prices, "5 minutes").groupBy("crypto", *WINDOW).agg(*ohlc())
