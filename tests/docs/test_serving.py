"""docs/serving.md: the tables of its dashboards and the types of its columns are those that there are."""

from __future__ import annotations

import re

from include.catalog import GOLD
from jobs.serving import columns
from tests.pages import DOCS

PAGE = (DOCS / "serving.md").read_text(encoding="utf-8")


def test_tables_of_each_dashboard_are_those_of_its_system() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (`.*`) \|$", PAGE, re.MULTILINE)
    told = {system: set(re.findall(r"\w+", tables)) for system, tables in rows}
    assert told == {system: {*tables, *(["model_runs"] if system == "planets" else [])} for system, tables in GOLD.items()}


def test_types_are_those_that_columns_get() -> None:
    told = set(re.findall(r"`([a-z ]+)(?:\(p, s\))?`", PAGE.partition("| in gold |")[2].partition("\n\n")[0]))
    short = {"timestamp with time zone": "timestamptz", "timestamp without time zone": "timestamp"}
    assert told == {short.get(kind, kind) for kind in columns._TYPES.values()} | {columns.NESTED, "numeric"}
