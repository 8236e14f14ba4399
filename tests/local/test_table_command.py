"""Rows of a table by the command line: whatever is in them, and where there is no such table."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from typer.testing import CliRunner, Result

from include.settings import LakeSettings
from local import client
from local.cli import app
from tests.scraped import list_folders

NASTY = "\x1b]0;title\x07[red]\x9b2J\u202e[/]"


@pytest.fixture(autouse=True)
def tables(lake: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    list_folders(monkeypatch)
    monkeypatch.setattr(client, "lake", lambda *_: lake)
    write_deltalake(lake.table_uri("bronze.metrics"), pa.table({"value": [NASTY.encode()], "text": [NASTY]}))
    write_deltalake(lake.table_uri("silver.server_metrics"), pa.table({f"column_{number}": [NASTY] for number in range(9)}))
    for number in range(20):
        write_deltalake(lake.table_uri(f"gold.clicks_{number}"), pa.table({"value": [b"x"]}))


def table(*words: str) -> Result:
    return CliRunner().invoke(app, ["table", *words])


@pytest.mark.parametrize("name", ["bronze.metrics", "silver.server_metrics"])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_no_value_reaches_a_terminal_as_it_is(name: str, form: list[str]) -> None:
    result = table(name, *form)
    assert result.exit_code == 0, result.stderr
    assert not set("\x1b\x07\x9b\u202e") & set(result.stdout)
    assert "\\u001b]0;title\\u0007[red]\\u009b2J\\u202e[/]" in "".join(result.stdout.split("\n"))


def test_json_is_the_value_all_the_same() -> None:
    (line,) = table("bronze.metrics", "--json").stdout.splitlines()
    assert json.loads(line)["text"] == NASTY


def test_an_unknown_table_names_the_nearest_and_not_all() -> None:
    result = table("metrics")
    assert result.exit_code == 1
    assert "did you mean bronze.metrics" in result.stderr
    assert "`headwater table`, or GET /tables of the API, lists all 22" in result.stderr
    assert "gold.clicks" not in result.stderr


def test_without_a_name_all_tables_are_listed_with_their_rows() -> None:
    lines = [line.split() for line in table().stdout.splitlines()]
    assert lines[0] == ["table", "rows"]
    assert ["bronze.metrics", "1"] in lines
    assert len(lines) == 23
