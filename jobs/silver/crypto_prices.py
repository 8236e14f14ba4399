"""valid prices → silver.crypto_prices, one row a coin and time."""

from __future__ import annotations

from pyspark.sql import DataFrame

from jobs.common.columns import ORIGIN


def crypto_prices(current: DataFrame) -> DataFrame:
    """One row for each tick; prices are of one coin, change_24h is in percent, market_cap and volume_24h in USD."""
    return current.select("crypto", "price_usd", "price_eur", "change_24h", "market_cap", "volume_24h", *ORIGIN)
