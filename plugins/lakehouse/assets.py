"""Tables as Airflow assets: a DAG that needs a table is scheduled on its asset, and exactly one task produces it."""

from __future__ import annotations

from airflow.sdk import Asset

from include.errors import SettingsError

LAYERS = ("silver", "gold")


def table(address: str) -> Asset:
    """The asset of the table `<layer>.<name>`. Its name is the table's address; it stays the same when the lake moves. Raises
    SettingsError for another address."""
    layer, _, name = address.partition(".")
    if layer not in LAYERS or not name:
        fix = f"use <layer>.<name>, layer one of {', '.join(LAYERS)}"
        raise SettingsError("no such table address", where="asset", value=address, fix=fix)
    return Asset(name=address, uri=f"x-lake://{layer}/{name}", group="table")
