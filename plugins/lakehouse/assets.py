"""Tables as Airflow assets: a DAG that needs a table is scheduled on its asset, and exactly one task produces it."""

from __future__ import annotations

from airflow.sdk import Asset

from include.catalog import gold_sources, silver_tables, table_owner
from include.errors import SettingsError
from include.grain import key_of

LAYERS = ("silver", "gold")


def table(address: str) -> Asset:
    """The asset of the table `<layer>.<name>`. Its name is the table's address; it stays the same when the lake moves. Raises
    SettingsError for another address."""
    layer, _, name = address.partition(".")
    if layer not in LAYERS or not name:
        fix = f"use <layer>.<name>, layer one of {', '.join(LAYERS)}"
        raise SettingsError("no such table address", where="asset", value=address, fix=fix)
    return Asset(name=address, uri=f"x-lake://{layer}/{name}", group="table", extra={"description": described(address)})


def described(address: str) -> str:
    """What a row of the table is, and of what it is computed: Airflow shows it with the asset."""
    layer, _, name = address.partition(".")
    if layer == "silver":
        feed = table_owner(name)
        row = "one for each record that counts" if silver_tables(feed)[0] == name else "several for a record"
        return f"Rows of the feed {feed} as its contract has them, {row}; a day of events is replaced as a whole."
    key = key_of(address)
    sources = gold_sources(name)
    of_what = f", computed from {', '.join(f'silver.{source}' for source in sources)}" if sources else ""
    if key is None:
        return "One row for each run of its task."
    return f"One row for each {' and '.join(key)}{of_what}." if key else f"One row a day{of_what}."
