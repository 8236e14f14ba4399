"""local/setup.sh as make calls it, with programs that stand in for those of the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from local.settings import REPOSITORY

TOOLS = ("sh", "cat", "sed", "head", "awk", "cksum", "dirname", "date", "mkdir", "rm", "mv")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with the files that the set-up reads, and a folder `bin` that is all of its PATH."""
    clone = tmp_path / "clone"
    (clone / "local").mkdir(parents=True)
    for name in ("pyproject.toml", "uv.lock", "local/setup.sh"):
        shutil.copy(REPOSITORY / name, clone / name)
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")
    return clone


def program(clone: Path, name: str, script: str) -> None:
    path = clone.parent / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def good_machine(clone: Path) -> None:
    """Python and Java as they should be, and a uv that makes an environment which is good for nothing else."""
    program(clone, "python3", "exit 0")
    program(clone, "java", "echo 'openjdk version \"17.0.1\"' >&2")
    made = 'mkdir -p .venv/bin; echo "#!/bin/sh" > .venv/bin/python; /bin/chmod +x .venv/bin/python; echo "synced $*"'
    program(clone, "uv", f'if [ "$1" = --version ]; then echo "uv 0.13.9 (x86_64)"; else {made}; fi')


def set_up(clone: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(clone.parent / "bin"), "HOME": str(clone.parent), "HEADWATER_CACHE": str(clone.parent / "cache")}
    return subprocess.run(["sh", "local/setup.sh"], cwd=clone, env=environment, capture_output=True, text=True, check=False)


def test_a_missing_python_is_said_with_the_names_that_were_tried(clone: Path) -> None:
    program(clone, "python3", "exit 1")
    done = set_up(clone)
    assert done.returncode == 1
    assert "Python 3.11, 3.12 or 3.13 is missing" in done.stderr
    assert "apt install python3" in done.stderr


def test_a_python_of_a_good_version_is_found_by_its_name(clone: Path) -> None:
    good_machine(clone)
    program(clone, "python3", "exit 1")
    program(clone, "python3.12", "exit 0")
    assert f"--python {clone.parent / 'bin' / 'python3.12'}" in set_up(clone).stdout


def test_an_old_java_is_said(clone: Path) -> None:
    good_machine(clone)
    program(clone, "java", "echo 'openjdk version \"11.0.2\"' >&2")
    done = set_up(clone)
    assert done.returncode == 1
    assert "Java 17 or newer is missing (looked for: java; found: 11)" in done.stderr


def test_a_missing_java_is_said(clone: Path) -> None:
    good_machine(clone)
    (clone.parent / "bin" / "java").unlink()
    assert "Java 17 or newer is missing (looked for: java; found: none)" in set_up(clone).stderr


def test_a_second_run_does_nothing(clone: Path) -> None:
    good_machine(clone)
    assert "synced sync" in set_up(clone).stdout
    second = set_up(clone)
    assert (second.returncode, second.stdout) == (0, "")


@pytest.mark.parametrize("damage", ["echo >> uv.lock", "rm -rf .venv", "echo exit 1 >> .venv/bin/python", "rm .venv/headwater.stamp"])
def test_a_changed_lock_or_a_broken_environment_is_mended(clone: Path, damage: str) -> None:
    good_machine(clone)
    set_up(clone)
    subprocess.run(["sh", "-c", damage], cwd=clone, check=True)
    assert "synced sync" in set_up(clone).stdout


def test_a_failed_set_up_is_tried_again(clone: Path) -> None:
    good_machine(clone)
    program(clone, "uv", 'if [ "$1" = --version ]; then echo "uv 0.13.9"; else exit 2; fi')
    failed = set_up(clone)
    assert failed.returncode == 1
    assert "repeat" in failed.stderr
    good_machine(clone)
    assert "synced sync" in set_up(clone).stdout


def test_an_old_uv_on_path_is_not_taken(clone: Path) -> None:
    good_machine(clone)
    program(clone, "uv", "echo 'uv 0.4.9'")
    program(clone, "python3", 'case "$*" in *venv*) exit 1;; esac')
    done = set_up(clone)
    assert "fetching uv" in done.stdout
    assert "cannot make a virtual environment" in done.stderr
    assert os.listdir(clone.parent / "cache" / "tools") == []
