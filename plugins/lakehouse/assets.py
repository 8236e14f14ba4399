"""Tables as Airflow assets: a DAG that needs a table is scheduled on its asset, and exactly one task produces it."""

from __future__ import annotations

from airflow.sdk import Asset

LAYERS = ("silver", "gold")


def table(address: str) -> Asset:
    """The asset of the table `<layer>.<name>`. Its name is the table's address; it stays the same when the lake moves."""
    layer, _, name = address.partition(".")
    if layer not in LAYERS or not name:
        raise ValueError(f"no such table address: {address!r}; fix: use <layer>.<name>, layer one of {', '.join(LAYERS)}")
    return Asset(name=address, uri=f"x-lake://{layer}/{name}", group="table")
