"""Crypto: candles of a coin, coins compared, their market and whether prices arrive."""

from __future__ import annotations

from lakehouse.web.dashboards.model import Chart, Dashboard, Filter

DASHBOARD = Dashboard(
    title="Crypto",
    filters=(Filter("crypto", "Coin", "crypto_ohlc_5m"),),
    words={
        "change_pct": "change",
        "crypto": "coin",
        "daily_return_pct": "return of the day",
        "event_date": "day",
        "market_cap": "market cap",
        "market_rank": "rank",
        "market_share_pct": "market share",
        "volatility_pct": "volatility",
    },
    charts=(
        Chart(
            name="candles",
            title="Price of a coin",
            kind="candles",
            tables=("crypto_ohlc_5m",),
            sql="""with caps as (
                     select crypto, last_value(market_cap order by window_start) as cap from crypto_ohlc_5m group by 1
                   ), coin as (select crypto from caps order by cap desc nulls last, crypto limit 1)
                   select date_bin({bucket}, window_start) as time, crypto,
                          first_value(open order by window_start) as open, max(high) as high, min(low) as low,
                          last_value(close order by window_start) as close
                   from crypto_ohlc_5m join coin using (crypto) group by 1, 2 order by 1""",
            x="time",
            y=("open", "high", "low", "close"),
            split="crypto",
            unit="USD",
            note="Of the chosen coin, else of the one with the largest market cap.",
        ),
        Chart(
            name="comparison",
            title="Coins compared",
            kind="lines",
            tables=("crypto_ohlc_5m",),
            sql="""with firsts as (
                     select crypto, cast(first_value(close order by window_start) as double) as first_close
                     from crypto_ohlc_5m group by 1
                   ), closes as (
                     select date_bin({bucket}, window_start) as time, crypto,
                            cast(last_value(close order by window_start) as double) as close
                     from crypto_ohlc_5m group by 1, 2
                   )
                   select time, crypto, 100 * (close / first_close - 1) as change_pct
                   from closes join firsts using (crypto) order by 1, 2""",
            x="time",
            y=("change_pct",),
            split="crypto",
            unit="%",
            note="Change of the price in USD since the coin's first close in the span.",
        ),
        Chart(
            name="ticks",
            title="Prices that arrived",
            kind="columns",
            tables=("crypto_ohlc_5m",),
            sql="""select date_bin({bucket}, window_start) as time, crypto, sum(ticks) as ticks
                   from crypto_ohlc_5m group by 1, 2 order by 1, 2""",
            x="time",
            y=("ticks",),
            split="crypto",
            unit="prices",
            note="In windows of five minutes; one in which no price came is missing.",
        ),
        Chart(
            name="market_shares",
            title="Market share",
            kind="areas",
            tables=("crypto_market",),
            sql="""select event_date, crypto, 100 * market_share as market_share_pct
                   from crypto_market order by event_date, market_rank, crypto""",
            x="event_date",
            y=("market_share_pct",),
            split="crypto",
            unit="%",
            note="Of the market cap of all coins of the feed, at the end of the day.",
        ),
        Chart(
            name="returns",
            title="Return of the day",
            kind="lines",
            tables=("crypto_market",),
            sql="""select event_date, crypto, 100 * daily_return as daily_return_pct
                   from crypto_market order by event_date, crypto""",
            x="event_date",
            y=("daily_return_pct",),
            split="crypto",
            unit="%",
            note="From the day's first price to its last.",
        ),
        Chart(
            name="volatility",
            title="Volatility",
            kind="lines",
            tables=("crypto_market",),
            sql="""select event_date, crypto, 100 * volatility as volatility_pct
                   from crypto_market where volatility is not null order by event_date, crypto""",
            x="event_date",
            y=("volatility_pct",),
            split="crypto",
            unit="%",
            note="Standard deviation of the day's 5-minute returns, not annualised.",
        ),
        Chart(
            name="market",
            title="Latest market",
            kind="rows",
            tables=("crypto_market", "crypto_ohlc_1d"),
            sql="""select market.market_rank, market.crypto, days.close, days.market_cap, 100 * market.market_share as market_share_pct,
                          100 * market.daily_return as daily_return_pct, market.event_date
                   from crypto_market as market
                   left join crypto_ohlc_1d as days on days.crypto = market.crypto and days.event_date = market.event_date
                   where market.event_date = (select max(event_date) from crypto_market)
                   order by market.market_rank, market.crypto""",
            x="crypto",
            y=("market_rank", "close", "market_cap", "market_share_pct", "daily_return_pct", "event_date"),
            note="The last day that is built. Close and market cap in USD, share and return in %.",
        ),
    ),
)
