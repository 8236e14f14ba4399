"""A broken contract stops its own feed alone, and a user of Airflow sees it without looking for it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from lakehouse.contract_errors import check_contracts

from include.contracts import load_contracts
from include.errors import ContractError
from tests.airflow_home import ROOT

READ_DAGS = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
print("READ", json.dumps({"errors": bag.import_errors, "dags": sorted(bag.dags)}))
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A copy of what Airflow reads, to break something in."""
    for folder in ("dags", "include", "plugins"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def break_contract(clone: Path) -> str:
    """Takes the schema away from one contract; its file name."""
    (file,) = (clone / "include/schemas").rglob("metrics.odcs.yaml")
    file.write_text(file.read_text().replace("\nschema:", "\nnot_a_schema:"))
    return file.name


def test_broken_contract_is_an_import_error_that_names_it_and_the_dags_go_on(clone: Path) -> None:
    name = break_contract(clone)
    environment = {**os.environ, "PYTHONPATH": f"{clone}:{clone / 'plugins'}", "AIRFLOW__CORE__PLUGINS_FOLDER": str(clone / "plugins")}
    command = [sys.executable, "-c", READ_DAGS, str(clone / "dags")]
    run = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=True, timeout=120)
    read = json.loads(next(line for line in run.stdout.splitlines() if line.startswith("READ")).removeprefix("READ"))
    assert list(read["errors"]) == [str(clone / "dags/platform/contracts.py")]
    assert name in str(read["errors"])
    others = {"contracts", "daily_systems"}  # no DAG is named after these
    assert read["dags"] == sorted(path.stem for path in (clone / "dags").rglob("*.py") if path.stem not in others)


def test_every_error_of_every_broken_contract_is_told_at_once(clone: Path) -> None:
    name = break_contract(clone)
    contracts = load_contracts(clone / "include/schemas")
    with pytest.raises(ContractError, match=name) as caught:
        check_contracts(contracts)
    assert all(str(error) in str(caught.value) for error in contracts.broken)


def test_sound_contracts_are_nothing_to_tell() -> None:
    assert check_contracts() is None
