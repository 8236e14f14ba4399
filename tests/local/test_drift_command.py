"""What `headwater drift` says, and the change of the contract that it hands to `patch`."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner, Result

from include.contract_files import SETTING, contracts_folder
from include.contracts import load_contracts
from include.drift import DRIFT
from include.settings import LakeSettings
from local import client
from local.cli import app
from tests.jobs.bronze_rows import NOON
from tests.proposals import apply_diff


@pytest.fixture
def folder(lake: LakeSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Contracts of one's own, and a lake where records of metrics had a field that they do not name."""
    monkeypatch.setattr(client, "lake", lambda *_: lake)
    folder = Path(shutil.copytree(contracts_folder(), tmp_path / "contracts"))
    monkeypatch.setenv(SETTING, str(folder))
    return folder


def put(lake: LakeSettings, day: date, field: str = "disk", sample: str = "7") -> None:
    line = dict.fromkeys(DRIFT.schema.names) | {"feed": "metrics", "event_date": day, "field": field, "type_seen": "bigint"}
    line |= {"first_seen": NOON, "last_seen": NOON, "count": 12, "sample": sample}
    DRIFT.change(lake, "metrics", day, lambda before: pa.concat_tables([before, pa.Table.from_pylist([line], DRIFT.schema)]))


def drift(*words: str) -> Result:
    result = CliRunner().invoke(app, ["drift", *words])
    assert result.exit_code == 0, result.stderr
    return result


def test_no_drift_is_said(folder: Path) -> None:
    assert "no drift" in drift().stdout


def test_a_field_is_told_with_what_its_contract_says_and_with_the_steps_that_take_it_in(lake: LakeSettings, folder: Path) -> None:
    put(lake, date(2026, 3, 1))
    put(lake, date(2026, 3, 4))
    told = drift("metrics").stdout
    assert "no such field" in told
    assert f"{NOON:%Y-%m-%d %H:%M}" in told
    assert f"headwater drift metrics --patch | patch -p1 -d {folder}" in told
    assert "headwater rebuild commerce --from 2026-03-01 --to 2026-03-04 --apply" in told


def test_the_patch_is_the_change_alone_and_afterwards_nothing_is_proposed(lake: LakeSettings, folder: Path) -> None:
    put(lake, date(2026, 3, 1))
    apply_diff(folder, drift("--patch").stdout)
    assert "disk" in [field.name for field in load_contracts(folder)["metrics"].fields]
    assert drift("--patch").stdout == ""
    assert "the contract has it now: build those days again" in drift().stdout


def test_what_a_record_says_never_reaches_a_terminal_as_it_is(lake: LakeSettings, folder: Path) -> None:
    put(lake, date(2026, 3, 1), field="\x1b]0;title\x07[red]", sample='"\x1b[2J"')
    told = drift().stdout
    assert not {"\x1b", "\x07"} & set(told)
    assert "\\u001b]0;title\\u0007[red]" in told
