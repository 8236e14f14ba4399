"""Which tables the batch builds, and from what. A feed needs no word here: its silver table has its name and its contract's fields
(jobs/silver/typed_fields.py). A table that is computed otherwise has a module and a function of its own name: `gold.city_daily` is
`city_daily` in jobs/gold/city_daily.py. A further one is one more name here and one more file there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta

from include.errors import SettingsError

# Feed → its silver table, where that has another name than the feed.
RENAMED: Mapping[str, str] = {
    "traffic_sensors": "traffic_readings",
    "public_transport": "transport_reports",
    "logs_application": "application_logs",
    "metrics": "server_metrics",
}

# Feed → its silver tables, where modules of jobs/silver compute them. The first has one row for each current record: it is the
# one that counts in the day's account.
TRANSFORMED: Mapping[str, tuple[str, ...]] = {
    "commandes_json": ("orders", "order_items"),
}

# System → its gold tables → the silver tables that each is computed from, in the order of its function's arguments.
GOLD: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "planets": {
        "planet_habitability": ("planet_discoveries",),
        "colonisation_summary": ("planet_discoveries",),
        "planets": ("planet_discoveries",),
    },
    "smart_city": {
        "traffic_5m": ("traffic_readings",),
        "mobility_5m": ("traffic_readings",),
        "transport_10m": ("transport_reports",),
        "incidents_15m": ("incidents",),
        "city_daily": ("traffic_readings", "transport_reports", "incidents"),
        "zone_daily": ("traffic_readings",),
    },
    "clickstream": {
        "item_engagement_1m": ("clicks", "views"),
        "item_popularity": ("clicks", "views", "ratings"),
        "user_sessions": ("clicks", "views", "ratings"),
    },
    "crypto": {
        "crypto_ohlc_5m": ("crypto_prices",),
        "crypto_ohlc_1d": ("crypto_prices",),
        "crypto_market": ("crypto_prices",),
    },
    "commerce": {
        "product_sales": ("order_items",),
        "customer_orders": ("orders",),
        "customer_orders_1m": ("orders",),
        "log_levels": ("application_logs",),
        "log_levels_1m": ("application_logs",),
        "module_durations": ("application_logs",),
        "server_load": ("server_metrics",),
        "server_load_1m": ("server_metrics",),
    },
}

# Window tables of GOLD that the stream keeps as well, as live.<name>.
LIVE = (
    "traffic_5m",
    "mobility_5m",
    "transport_10m",
    "incidents_15m",
    "item_engagement_1m",
    "crypto_ohlc_5m",
    "customer_orders_1m",
    "log_levels_1m",
    "server_load_1m",
)

# Gold tables that are not divided by day: a row for each thing, whatever day it is of. The function of such a module,
# `bring_up_to_date`, is called with a day when the tables of that day are built.
UNDIVIDED = frozenset({"planets"})

# Gold tables whose function takes the serving model as its last argument.
SCORED = frozenset({"planet_habitability"})

# Gold tables that are published to PostgreSQL as well, for BI tools and Grafana (docs/serving.md): a line with its name publishes a
# table, "model_runs" too. Nobody needs a PostgreSQL who has no line here.
PUBLISHED: frozenset[str] = frozenset(
    {
        # "city_daily",
    }
)


def silver_tables(feed: str) -> tuple[str, ...]:
    """The names of the feed's silver tables."""
    return TRANSFORMED.get(feed) or (RENAMED.get(feed, feed),)


def table_owner(name: str) -> str:
    """The feed that the silver table of this name is, or would be, filled from."""
    listed = (feed for feed in (*RENAMED, *TRANSFORMED) if name in silver_tables(feed))
    return next(listed, name)


def side_tables(feed: str) -> dict[str, str]:
    """Side → address of the tables that a feed's bronze rows end in, each row in exactly one."""
    return {
        "current": f"silver.{silver_tables(feed)[0]}",
        "superseded": f"superseded.{feed}",
        "quarantine": f"quarantine.{feed}",
        "dead_letters": f"dead_letters.{feed}",
    }


def gold_tables(system: str, feeds: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Gold table → silver tables, for those that these feeds of the system are enough for."""
    built = {name for feed in feeds for name in silver_tables(feed)}
    return {name: sources for name, sources in GOLD.get(system, {}).items() if built.issuperset(sources)}


def gold_sources(name: str) -> tuple[str, ...]:
    """The names of the silver tables that the gold table of this name is computed from; none of one that no system has."""
    return next((tables[name] for tables in GOLD.values() if name in tables), ())


def published_tables(names: Iterable[str]) -> tuple[str, ...]:
    """Those of these gold tables that are published, by name. Raises SettingsError where PUBLISHED has a name that is none's."""
    if unknown := PUBLISHED.difference(every_gold_table()):
        fix = f"known: {', '.join(sorted(every_gold_table()))}"
        raise SettingsError("there is no such gold table", where="PUBLISHED in include/catalog.py", value=sorted(unknown), fix=fix)
    return tuple(sorted(PUBLISHED.intersection(names)))


def every_gold_table() -> tuple[str, ...]:
    """The names of all gold tables, that of the training's too."""
    return (*(name for tables in GOLD.values() for name in tables), "model_runs")


def live_tables(feeds: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Live table → the feeds that fill it, for those that these feeds are enough for."""
    filled_by = {name: feed for feed in feeds for name in silver_tables(feed)}
    sources = {name: gold_sources(name) for name in LIVE}
    return {name: tuple(filled_by[table] for table in tables) for name, tables in sources.items() if filled_by.keys() >= set(tables)}


def live_tables_of(feed: str) -> tuple[str, ...]:
    """The live tables that the feed fills, alone or with others."""
    own = set(silver_tables(feed))
    return tuple(name for name in LIVE if own.intersection(gold_sources(name)))


def window_of(table: str) -> timedelta:
    """How long the windows of a table are, by its name; zero where it has none."""
    found = re.search(r"_(\d+)m$", table)
    return timedelta(minutes=int(found[1])) if found else timedelta(0)
