from __future__ import annotations

from pathlib import Path

import pytest

from local import minio_binary, tools
from local.errors import MissingTool


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def only_path(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin" if folder.exists() else str(folder))


def test_a_missing_java_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    only_path(monkeypatch, tmp_path / "nothing")
    with pytest.raises(MissingTool, match="Java is missing") as raised:
        tools.java()
    assert "apt install openjdk-17" in raised.value.fix


@pytest.mark.parametrize("version", ["1.8.0_392", "11.0.21", "nonsense"])
def test_an_old_java_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str) -> None:
    java = program(tmp_path / "java", f"echo 'openjdk version \"{version}\"' >&2")
    only_path(monkeypatch, tmp_path)
    with pytest.raises(MissingTool) as raised:
        tools.java()
    assert raised.value.where == str(java)


@pytest.mark.parametrize("version", ["17", "17.0.15", "21.0.1", "25-ea"])
def test_a_good_java_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str) -> None:
    java = program(tmp_path / "java", f"echo 'openjdk version \"{version}\"' >&2")
    only_path(monkeypatch, tmp_path)
    assert tools.java() == str(java)


def test_java_home_wins_over_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java = program(tmp_path / "home" / "bin" / "java", "echo 'openjdk version \"21\"' >&2")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    assert tools.java() == str(java)


def test_minio_on_path_wins_over_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program(minio_binary.cached(tmp_path / "cache"), "true")
    on_path = program(tmp_path / "bin" / "minio", "true")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert minio_binary.find(tmp_path / "cache") == on_path


def test_minio_is_taken_from_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert minio_binary.find(tmp_path / "cache") is None
    built = program(minio_binary.cached(tmp_path / "cache"), "true")
    assert minio_binary.find(tmp_path / "cache") == built


def test_a_build_that_fails_leaves_nothing_and_names_its_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program(
        tmp_path / "bin" / "go", 'case "$1" in version) echo "go version go1.26.0 linux/amd64";; *) echo "no such module"; exit 1;; esac'
    )
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    with pytest.raises(minio_binary.DownloadFailed, match="no such module") as raised:
        minio_binary.build(tmp_path / "cache", log=tmp_path / "build.log")
    assert raised.value.where == f"log: {tmp_path / 'build.log'}"
    assert list((tmp_path / "cache" / "bin").iterdir()) == []
