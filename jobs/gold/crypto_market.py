"""silver.crypto_prices → gold.crypto_market, one row a coin and day with ticks."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.common.means import sample_deviation
from jobs.gold.crypto_ohlc_5m import crypto_ohlc_5m


def crypto_market(crypto_prices: DataFrame) -> DataFrame:
    """How each coin did on each day, and its place among the coins of the feed.

    daily_return, volatility and market_share are fractions: 0.05 is 5 %. volatility is the sample standard deviation of the
    log returns from each 5-minute close to the next one that there is, not annualised; null with fewer than three closes.
    market_share is of the sum of all coins' last caps of the day, null where that is 0. market_rank is 1 for the largest
    cap; equal caps share a rank, and the next one is left out.
    """
    days = crypto_ohlc_5m(crypto_prices).groupBy("crypto", "event_date").agg(
        F.min_by("open", "window_start").cast("double").alias("_open"),
        F.max_by("close", "window_start").cast("double").alias("_close"),
        F.max_by("market_cap", "window_start").alias("_cap"),
        F.array_sort(F.collect_list(F.struct("window_start", "close"))).alias("_closes"),
    )
    of_day = Window.partitionBy("event_date")
    all_caps = F.sum("_cap").over(of_day.rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing))
    return days.select(
        "crypto",
        "event_date",
        (F.col("_close") / F.col("_open") - 1).alias("daily_return"),
        sample_deviation(_log_returns(F.col("_closes"))).alias("volatility"),
        (F.col("_cap").cast("double") / F.nullif(all_caps.cast("double"), F.lit(0.0))).alias("market_share"),
        F.rank().over(of_day.orderBy(F.desc("_cap"))).alias("market_rank"),
    )


def _log_returns(closes: Column) -> Column:
    """One less than there are closes."""
    prices = F.transform(closes, lambda window: window["close"].cast("double"))
    count = F.size(closes)
    return F.zip_with(F.slice(prices, 2, count), F.slice(prices, 1, count - 1), lambda later, earlier: F.log(later / earlier))
