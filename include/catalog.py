"""Which tables the batch builds, and from what. A table's name is also its module's and its function's:
`silver.orders` is `orders` in jobs/silver/orders.py. A new table is one more name here and one more file there."""

from __future__ import annotations

from collections.abc import Mapping

from include.contracts.model import Contract
from include.errors import ContractError

# Feed → its silver tables. The first has one row for each current record: it is the one that counts in the day's account.
SILVER: Mapping[str, tuple[str, ...]] = {
    "planet_discoveries": ("planet_discoveries",),
    "traffic_sensors": ("traffic_readings",),
    "public_transport": ("transport_reports",),
    "incidents": ("incidents",),
    "clicks": ("clicks",),
    "views": ("views",),
    "ratings": ("ratings",),
    "crypto_prices": ("crypto_prices",),
    "commandes_json": ("orders", "order_items"),
    "logs_application": ("application_logs",),
    "metrics": ("server_metrics",),
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
        "module_durations": ("application_logs",),
        "server_load": ("server_metrics",),
    },
}

# Gold tables that are not divided by day: a row for each thing, whatever day it is of. The function of such a module,
# `bring_up_to_date`, is called with a day when the tables of that day are built.
UNDIVIDED = frozenset({"planets"})

# Gold tables whose function takes the serving model as its last argument.
SCORED = frozenset({"planet_habitability"})

# Table → columns that tables of earlier versions lack → their type. The one place where the schema of a table that exists grows:
# a build adds what is missing, null in the rows that are there, and refuses any other column that the table does not have.
# What gold.planet_habitability gets from now on, gold.planets gets too.
ADDED_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "gold.planet_habitability": {"predicted_probability": "double", "model_version": "string"},
}


def silver_tables(contract: Contract) -> tuple[str, ...]:
    """The names of the feed's silver tables; raises ContractError where nobody has said them."""
    if contract.feed not in SILVER:
        fix = f"add it to SILVER in include/catalog.py; known: {', '.join(SILVER)}"
        raise ContractError("the feed has no silver table", where="include/catalog.py", value=contract.feed, fix=fix)
    return SILVER[contract.feed]


def side_tables(contract: Contract) -> dict[str, str]:
    """Side → address of the tables that a feed's bronze rows end in, each row in exactly one."""
    return {
        "current": f"silver.{silver_tables(contract)[0]}",
        "superseded": f"superseded.{contract.feed}",
        "quarantine": f"quarantine.{contract.feed}",
        "dead_letters": f"dead_letters.{contract.feed}",
    }


def gold_tables(system: str, contracts: tuple[Contract, ...]) -> dict[str, tuple[str, ...]]:
    """Gold table → silver tables, for those whose feeds have a sound contract: a broken one stops its own tables alone."""
    built = {name for contract in contracts for name in silver_tables(contract)}
    return {name: sources for name, sources in GOLD.get(system, {}).items() if built.issuperset(sources)}
