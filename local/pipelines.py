"""What `headwater run` knows by name, and which DAGs that means."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from include.catalog import GOLD
from include.errors import SettingsError
from include.words import among

ALL, STREAM, TRAIN = "all", "stream", "train"
TRAINING = "train_habitability"
# A table that no daily batch builds → the DAG that writes it.
_OTHERS = {"model_runs": TRAINING}


def dags_for(name: str, known: Iterable[str]) -> list[str]:
    """The DAGs of a name: a system's daily batch, that of every system, the training, a gold table's builder, or a DAG's own name.

    `planets`, which is a system and a table, is the same DAG either way. Raises SettingsError with the names that there are.
    """
    dags = sorted(known)
    if name == ALL:
        return [_daily(system) for system in GOLD if _daily(system) in dags]
    wanted = builder_of(name) if name not in GOLD else _daily(name)
    wanted = TRAINING if name == TRAIN else wanted or name
    if wanted not in dags:
        tables = [table for of_system in GOLD.values() for table in of_system]
        fix = among(name, dict.fromkeys([ALL, STREAM, TRAIN, *GOLD, *tables, *dags]))
        raise SettingsError("there is nothing of this name to run", where="NAME", value=name, fix=fix)
    return [wanted]


def builder_of(name: str) -> str | None:
    """The DAG that builds a gold table, named with or without its layer; None for what is none."""
    table = name.removeprefix("gold.")
    system = next((system for system, tables in GOLD.items() if table in tables), None)
    return _daily(system) if system else _OTHERS.get(table)


def conf_for(dag: str, form: Mapping[str, Any], day: date | None, given: Iterable[str]) -> dict[str, Any]:
    """The run's conf, from --day and from key=value pairs; each value is of the type that the form's field asks for.

    Raises SettingsError for what the form does not have: Airflow would take it, and nobody would read it.
    """
    pairs = dict(_pair(text) for text in given)
    if day is not None:
        pairs["day"] = day.isoformat()
    if unknown := sorted(set(pairs) - set(form)):
        where = "--day" if unknown == ["day"] and day else "--conf"
        known = f"its form has {', '.join(form)}" if form else "its form has no fields"
        raise SettingsError(f"{dag} does not ask for that", where=where, value=", ".join(unknown), fix=known)
    return {name: _typed(text, form[name]) for name, text in pairs.items()}


def _daily(system: str) -> str:
    return f"daily_{system}"


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise SettingsError("this is no key with a value", where="--conf", value=text, fix="for example --conf seed=7")
    return key, value


def _typed(text: str, schema: Mapping[str, Any]) -> Any:
    kinds = schema.get("type", "string")
    if "string" in kinds:  # a list of types, or one
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text  # Airflow says what is wrong with it
