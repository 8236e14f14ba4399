from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from include.errors import SettingsError
from local import envfile

VALUES = {"URL": "http://127.0.0.1:9000", "TOKEN": "aB3-_=", "EMPTY": ""}


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    envfile.write(tmp_path / "env", VALUES, title="for a test")
    assert envfile.read(tmp_path / "env") == VALUES


def test_a_shell_reads_the_same_values(tmp_path: Path) -> None:
    envfile.write(tmp_path / "env", VALUES, title="for a test")
    script = '. "$1"; printf "%s|%s|%s" "$URL" "$TOKEN" "$EMPTY"'
    said = subprocess.run(["sh", "-c", script, "sh", str(tmp_path / "env")], capture_output=True, text=True, check=True)
    assert said.stdout == "|".join(VALUES.values())


def test_only_the_owner_can_read_it_even_where_it_was_open(tmp_path: Path) -> None:
    (tmp_path / "env").touch(mode=0o666)
    envfile.write(tmp_path / "env", VALUES, title="for a test")
    assert stat.S_IMODE((tmp_path / "env").stat().st_mode) == 0o600


def test_a_missing_file_has_no_values(tmp_path: Path) -> None:
    assert envfile.read(tmp_path / "env") == {}


@pytest.mark.parametrize("value", ["a b", "a;b", "$(id)", "a'b", "`id`", "a\nB=c", "a&b", "#"])
def test_a_value_that_a_shell_would_change_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(SettingsError, match="a shell would change"):
        envfile.write(tmp_path / "env", {"NAME": value}, title="for a test")
    assert list(tmp_path.iterdir()) == []
