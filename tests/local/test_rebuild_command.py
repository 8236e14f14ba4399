"""What `headwater rebuild` refuses before Airflow is asked, and what it says that came of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from typer.testing import CliRunner, Result

from include.ops_layout import create_ops_tables
from include.rebuilds import APPLY, Rebuilt, put
from include.settings import LakeSettings
from local import client
from local.cli import app
from local.commands import rebuild as command
from tests.jobs.bronze_rows import NOON

ID = "20260308T093000-0a1b2c"
FIRST = date(2026, 3, 1)
SILVER = Rebuilt(ID, APPLY, "commerce", "silver.server_metrics", FIRST, "run", NOON, 1, 10, 2, 11, 1, 0, 2, NOON)


@pytest.fixture(autouse=True)
def made(lake: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lake that has just been made, and no Airflow to ask."""
    create_ops_tables(lake)
    monkeypatch.setattr(client, "running", dict)
    monkeypatch.setattr(client, "lake", lambda *_: lake)


def rebuild(*words: str) -> Result:
    return CliRunner().invoke(app, ["rebuild", *words])


def test_an_unknown_table_is_refused_with_the_nearest_and_all_that_there_are() -> None:
    result = rebuild("produkt_sales", "--from", "2026-03-01")
    assert result.exit_code == 1
    assert "value produkt_sales" in result.stderr
    assert "did you mean gold.product_sales" in result.stderr
    assert "known: clickstream, commerce" in result.stderr


@pytest.mark.parametrize("unknown", [ID, "yesterday", "' or true --"])
def test_an_id_that_has_built_no_day_is_refused_before_a_run_is_asked_for(unknown: str) -> None:
    result = rebuild("--undo", unknown)
    assert result.exit_code == 1
    assert f"value {unknown}" in result.stderr
    assert "none did yet: `headwater rebuild NAME --from DAY --apply` is one" in result.stderr


def test_the_newest_rebuilds_are_named_beside_an_unknown_id(lake: LakeSettings) -> None:
    put(lake, [SILVER])
    assert f"the newest that did: {ID}" in rebuild("--undo", ID.replace("0a1b2c", "ffffff")).stderr


def test_the_proof_has_a_line_for_each_table_in_words(lake: LakeSettings, capsys: pytest.CaptureFixture[str]) -> None:
    gold = replace(SILVER, table="gold.server_load", rows_added=0, rows_removed=0, rows_changed=0)
    for day in (FIRST, FIRST + timedelta(days=1)):
        put(lake, [replace(each, event_date=day) for each in (SILVER, gold)])
    command._show_proof(ID, APPLY)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "gold.server_load 2 no row added, removed or changed" in lines
    assert "silver.server_metrics 2 2 rows added, 4 rows changed 2026-03-01, 2026-03-02" in lines
    assert f"apply of {ID}: 2 days, 2 tables; each day of a table is a row of ops.rebuilds" in lines


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rows_added": 1, "rows_removed": 0, "rows_changed": 0}, "1 row added"),
        ({"rows_added": 0, "rows_removed": 0, "rows_changed": 1200}, "1,200 rows changed"),
        ({"rows_added": None, "rows_removed": None, "rows_changed": None}, "not known of 1 day, not built to the end before"),
    ],
)
def test_what_came_of_a_table_is_said_in_words(changes: dict[str, int | None], words: str) -> None:
    assert command.what_changed([replace(SILVER, **changes)]) == words
