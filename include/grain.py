"""The grain of each table that the batch builds: the columns that tell its rows apart within a day. A rebuild's proof counts by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from include.catalog import UNDIVIDED, gold_tables, silver_tables

# Beside event_date, which a day's rows share.
GOLD_KEYS: Mapping[str, tuple[str, ...]] = {
    "planet_habitability": ("Name",),
    "colonisation_summary": ("colonisation_potential",),
    "planets": ("Name",),
    "traffic_5m": ("zone", "window_start"),
    "mobility_5m": ("window_start",),
    "transport_10m": ("line", "window_start"),
    "incidents_15m": ("zone", "severity", "window_start"),
    "city_daily": (),
    "zone_daily": ("zone",),
    "item_engagement_1m": ("item_id", "window_start"),
    "item_popularity": ("item_id",),
    "user_sessions": ("device_type",),
    "crypto_ohlc_5m": ("crypto", "window_start"),
    "crypto_ohlc_1d": ("crypto",),
    "crypto_market": ("crypto",),
    "product_sales": ("product_id",),
    "customer_orders": ("customer_id",),
    "customer_orders_1m": ("customer_id", "window_start"),
    "log_levels": ("level",),
    "log_levels_1m": ("module", "window_start"),
    "module_durations": ("module",),
    "server_load": ("server", "window_start"),
    "server_load_1m": ("server", "window_start"),
}
# A silver row is a record, and these are its coordinates in Kafka; a row of the other sides has them by their own names.
RECORD = ("_topic_id", "_partition", "_offset")
SIDE_RECORD = ("topic_id", "partition", "offset")
# Silver tables with several rows for a record, and what tells these apart.
WITHIN_RECORD: Mapping[str, tuple[str, ...]] = {"order_items": ("line",)}
SIDES = ("superseded", "quarantine", "dead_letters")


def key_of(address: str) -> tuple[str, ...] | None:
    """The columns that tell the rows of a day of the table apart (of all days, where it has none); empty: there is one row.
    None for a table that declares none: its rows are told apart by all that they hold."""
    layer, _, name = address.partition(".")
    if layer == "silver":
        return (*RECORD, *WITHIN_RECORD.get(name, ()))
    if layer in SIDES:
        return SIDE_RECORD
    return GOLD_KEYS.get(name)


def is_undivided(address: str) -> bool:
    """Whether the table has no days of its own."""
    layer, _, name = address.partition(".")
    return layer == "gold" and name in UNDIVIDED


def tables_of_system(system: str, feeds: Iterable[str], beside: Iterable[str] = ()) -> list[str]:
    """The addresses of all tables that a day of the system fills, in the order in which data flows; with the gold of the feeds `beside`
    these, whose silver is there and stays as it is."""
    listed = sorted(feeds)
    silver = [f"silver.{name}" for feed in listed for name in silver_tables(feed)]
    sides = [f"{side}.{feed}" for feed in listed for side in SIDES]
    return [*silver, *sides, *(f"gold.{name}" for name in gold_tables(system, {*listed, *beside}))]
