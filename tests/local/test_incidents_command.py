"""What a person says of an incident by the command line."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner, Result

from include.incidents import Incident, open_incident
from include.settings import LakeSettings
from local import client
from local.cli import app


@pytest.fixture(autouse=True)
def one_is_open(lake: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "lake", lambda *_: lake)
    open_incident(lake, Incident("lag/all", "warning", "lag", "group all", "the backlog grows", "see why"))


def incidents(*words: str) -> Result:
    return CliRunner().invoke(app, ["incidents", *words])


def test_a_muted_one_says_so_until_it_is_unmuted() -> None:
    assert "muted until" in incidents("--mute", "lag/all", "--hours", "8").stdout
    assert "muted until" not in incidents("--unmute", "lag/all").stdout


def test_one_that_is_not_muted_cannot_be_unmuted_and_those_that_are_are_named() -> None:
    assert "muted: none" in incidents("--unmute", "lag/all").stderr
    incidents("--mute", "lag/all")
    result = incidents("--unmute", "lag/al")
    assert result.exit_code == 1
    assert "muted: lag/all" in result.stderr
