"""How much room is left on the volumes, and when that is news."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from include.errors import SettingsError
from include.watch.disks import of_disks


@pytest.mark.parametrize(("free_megabytes", "found"), [(2047, ["critical"]), (2048, ["warning"]), (4095, ["warning"]), (4096, [])])
def test_a_volume_with_little_room_is_news_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_megabytes: int, found: list[str]
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free_megabytes * 1_000_000))
    signals = of_disks({"AIRFLOW_HOME": str(tmp_path), "HEADWATER_HOME": str(tmp_path.parent)})
    assert [signal.severity for signal in signals] == found
    assert all(signal.where == str(tmp_path) for signal in signals)


def test_folders_and_limit_are_settings(tmp_path: Path) -> None:
    settings = {"HEADWATER_WATCHED_FOLDERS": str(tmp_path), "HEADWATER_FREE_DISK_MB": str(10**9), "AIRFLOW_HOME": "/nowhere"}
    (signal,) = of_disks(settings)
    assert (signal.severity, signal.where) == ("critical", str(tmp_path))
    assert of_disks({**settings, "HEADWATER_FREE_DISK_MB": "0"}) == []


def test_without_a_folder_there_is_nothing_to_watch() -> None:
    assert of_disks({}) == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("HEADWATER_WATCHED_FOLDERS", "/no/such", "no such folder"), ("HEADWATER_FREE_DISK_MB", "2 GB", "whole number")],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as raised:
        of_disks({name: value})
    assert raised.value.value == value
