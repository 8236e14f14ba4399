"""Columns as the batch uses them: bronze's in Spark's words, and those that silver keeps of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from include.bronze import COLUMNS

BRONZE_SCHEMA = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
# What every silver row says of where it comes from: back to its record in bronze and in Kafka.
ORIGIN = ("event_time", "event_date", "ingested_at", "_topic", "_topic_id", "_partition", "_offset", "_timestamp")


def further_columns(names: Iterable[str], *, known: Collection[str], taken: Iterable[str], prefix: str) -> dict[str, str]:
    """Name → the column that it gets in a table, for each name of a contract's field that is not known: the name itself, or with the
    prefix where a column has that name, be it in upper or lower case, which Spark does not tell apart."""
    found: dict[str, str] = {}
    has = {name.lower() for name in taken}
    for name in names:
        if name in known or name.startswith("_"):  # the pipeline's own
            continue
        column = name
        while column.lower() in has:
            column = f"{prefix}{column}"
        has.add(column.lower())
        found[name] = column
    return found
