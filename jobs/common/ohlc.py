"""What a price did in a period: the first and the last tick, and the extremes."""

from __future__ import annotations

from ibis import Table

from jobs.common.windows import Fields, Part, WindowTable, count, first, greatest, last, least

TICKS = {
    "crypto": "string",
    "price_usd": "decimal(28, 12)",
    "price_eur": "decimal(28, 12)",
    "volume_24h": "decimal(28, 8)",
    "market_cap": "decimal(28, 8)",
}


def _parts(ticks: Table) -> dict[str, Part]:
    return {
        "opening": first(ticks, "price_usd"),
        "highest": greatest(ticks.price_usd),
        "lowest": least(ticks.price_usd),
        "closing": last(ticks, "price_usd", "price_eur", "volume_24h", "market_cap"),
        "taken": count(ticks._offset.notnull()),
    }


def _columns(coin: Table) -> Fields:
    return {
        "open": coin.opening["price_usd"],
        "high": coin.highest,
        "low": coin.lowest,
        "close": coin.closing["price_usd"],
        "close_eur": coin.closing["price_eur"],
        "volume_24h": coin.closing["volume_24h"],
        "market_cap": coin.closing["market_cap"],
        "ticks": coin.taken.cast("int64"),
    }


def ohlc(minutes: int) -> WindowTable:
    """Windows of so many minutes of each coin, in USD but for close_eur. First and last are by event_time, then by offset; the
    latest tick says close_eur, volume_24h and market_cap as well."""
    return WindowTable(minutes, ("crypto",), TICKS, _parts, _columns)
