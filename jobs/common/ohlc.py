"""What a price did in a period: the first and the last tick, and the extremes."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F


def ohlc() -> list[Column]:
    """Aggregates of ticks, in USD but for close_eur. First and last are by event_time, then by offset; the latest tick
    says close_eur, volume_24h and market_cap as well."""
    place = F.struct("event_time", "_offset", "_partition")
    return [
        F.min_by("price_usd", place).alias("open"),
        F.max("price_usd").alias("high"),
        F.min("price_usd").alias("low"),
        F.max_by("price_usd", place).alias("close"),
        F.max_by("price_eur", place).alias("close_eur"),
        F.max_by("volume_24h", place).alias("volume_24h"),
        F.max_by("market_cap", place).alias("market_cap"),
        F.count("*").alias("ticks"),
    ]
