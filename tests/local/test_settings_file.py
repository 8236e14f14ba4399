"""settings.env: what stays set, below what the environment says."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from include.errors import SettingsError
from local.cli import app
from local.settings_file import given_in_file


def written(home: Path, text: str) -> dict[str, str]:
    """An environment whose stack has such a file."""
    (home / "settings.env").write_text(text)
    return {"HEADWATER_HOME": str(home)}


def test_the_file_gives_what_the_environment_does_not(tmp_path: Path) -> None:
    environment = written(tmp_path, "# mine\nHEADWATER_S3_PORT=9100\nHEADWATER_STREAM_GROUPS = system\nPOLL_INTERVAL_SEC=5\n")
    assert given_in_file({**environment, "HEADWATER_S3_PORT": "9200", "POLL_INTERVAL_SEC": ""}) == {
        "HEADWATER_STREAM_GROUPS": "system",
        "POLL_INTERVAL_SEC": "5",
    }


def test_without_a_file_nothing_is_given(tmp_path: Path) -> None:
    assert given_in_file({"HEADWATER_HOME": str(tmp_path / "none")}) == {}


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("HEADWATER_STREAM_TRIGER_MILLISECONDS=5", "is meant HEADWATER_STREAM_TRIGGER_MILLISECONDS"),
        ("HEADWATER_HOME=/data", "read before the file"),
        ("HEADWATER_CACHE=/data", "read before the file"),
        ("export HEADWATER_S3_PORT=9100", "no setting"),
        ("use port 9100", "no setting"),
    ],
)
def test_a_line_that_nobody_would_follow_is_refused_with_the_file(tmp_path: Path, line: str, what: str) -> None:
    with pytest.raises(SettingsError, match=what) as raised:
        given_in_file(written(tmp_path, f"{line}\n"))
    assert raised.value.where == str(tmp_path / "settings.env")


def test_commands_follow_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_HOME", written(tmp_path, "HEADWATER_KEEP_DAYS=14\n")["HEADWATER_HOME"])
    monkeypatch.setenv("HEADWATER_KEEP_DAYS", "")  # and what the command sets is taken back
    told = CliRunner().invoke(app, ["settings", "keep_days", "--json"])
    assert f'"value": "14", "unit": "days", "origin": "{tmp_path}/settings.env"' in told.stdout
