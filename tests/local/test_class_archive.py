"""The archive of Spark's classes: made once, kept for the Java and the jars that it was made with, and never in anybody's way."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from include.spark_conf import class_archive_option
from local import class_archive, jars
from local.progress import Step
from local.settings import LocalSettings


@pytest.fixture
def settings(tmp_path: Path) -> LocalSettings:
    given = LocalSettings.from_environment({"HEADWATER_HOME": str(tmp_path / "home"), "HEADWATER_CACHE": str(tmp_path / "cache")})
    jars.directory(given.cache, "spark").mkdir(parents=True)
    (jars.directory(given.cache, "spark") / "delta.jar").write_text("classes")
    return given


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The archives that were made."""
    archives: list[Path] = []

    def make(_: LocalSettings, archive: Path) -> bool:
        archive.write_text("archive")
        archives.append(archive)
        return True

    monkeypatch.setattr(class_archive, "_make", make)
    return archives


def fetch(settings: LocalSettings) -> Step:
    step = Step("classes of spark")
    class_archive.fetch(settings, step)
    return step


def test_it_is_made_once_and_taken_from_the_cache_after_that(settings: LocalSettings, made: list[Path]) -> None:
    assert class_archive_option(settings.spark_classes) == ""
    assert not fetch(settings).skipped

    settings.spark_classes.unlink()  # another stack with the same cache
    assert fetch(settings).skipped

    assert len(made) == 1
    assert settings.spark_classes.resolve() == made[0]
    assert class_archive_option(settings.spark_classes) == f'"-XX:SharedArchiveFile={settings.spark_classes}"'


def test_other_jars_have_another(settings: LocalSettings, made: list[Path]) -> None:
    fetch(settings)
    (jars.directory(settings.cache, "spark") / "delta.jar").write_text("newer classes")
    fetch(settings)

    assert len(set(made)) == 2
    assert settings.spark_classes.resolve() == made[1]


def test_java_that_cannot_is_told_and_nothing_is_taken(settings: LocalSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_archive, "_make", lambda *_: False)

    assert str(class_archive.log_file(settings)) in fetch(settings).note
    assert class_archive_option(settings.spark_classes) == ""


def test_no_room_is_told_and_nothing_is_taken(settings: LocalSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> bool:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(class_archive, "_train", full)

    assert fetch(settings).note.startswith("none")
    assert "No space left" in class_archive.log_file(settings).read_text()


def test_one_that_nobody_uses_any_more_goes(settings: LocalSettings, made: list[Path]) -> None:
    fetch(settings)
    long_ago = time.time() - 100 * 24 * 3600
    os.utime(made[0], (long_ago, long_ago))
    (jars.directory(settings.cache, "spark") / "delta.jar").write_text("newer classes")
    fetch(settings)

    assert [archive.exists() for archive in made] == [False, True]


def test_what_the_log_is_of_is_whole_or_nothing(settings: LocalSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nowhere")  # no Python starts with it
    step = fetch(settings)

    assert step.note.startswith("none")
    assert class_archive.log_file(settings).read_text() != ""
    assert list((settings.cache / "spark-classes").glob("*")) == [settings.cache / "spark-classes" / "lock"]
