"""What a rebuild is asked for by name, and which systems that means: silver and gold of a system's day are built together."""

from __future__ import annotations

from collections.abc import Iterable

from include.catalog import gold_tables, silver_tables
from include.contract_files import feeds_by_system
from include.errors import SettingsError
from include.words import among


def systems_by_name() -> dict[str, str]:
    """Each name that a rebuild takes → the system that it means: systems, then silver and gold tables by their addresses."""
    systems = feeds_by_system()
    tables = {f"silver.{name}": system for system, feeds in systems.items() for feed in feeds for name in silver_tables(feed)}
    tables |= {f"gold.{name}": system for system, feeds in systems.items() for name in gold_tables(system, feeds)}
    return {system: system for system in systems} | dict(sorted(tables.items()))


def address_of(name: str) -> str:
    """A gold table may be named without its layer, unless a system has that name. Raises SettingsError, with the nearest names and all
    that there are, for one that is not known."""
    known = systems_by_name()
    for address in (name, f"gold.{name}"):
        if address in known:
            return address
    raise SettingsError("there is nothing of this name to rebuild", where="tables", value=name, fix=among(name, known))


def systems_named(names: Iterable[str]) -> list[str]:
    """The systems that the names mean, by name. Raises SettingsError as `address_of`."""
    known = systems_by_name()
    return sorted({known[address_of(name)] for name in names})
