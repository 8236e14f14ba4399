from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from include.errors import SettingsError
from local import preflight, processes
from local.errors import DiskFull, MissingTool, PortTaken
from local.parts.part import pid_file
from local.ports import HOST, free_ports
from local.processes import Process, birth_of
from local.settings import LocalSettings, Ports


@pytest.fixture
def settings(tmp_path: Path) -> LocalSettings:
    names = [Ports.setting(name) for name in Ports.__dataclass_fields__]
    ports = dict(zip(names, map(str, free_ports(len(names))), strict=True))
    return LocalSettings.from_environment({"HEADWATER_HOME": str(tmp_path), "HEADWATER_CACHE": str(tmp_path / "cache"), **ports})


def test_a_machine_that_is_ready_is_let_through(settings: LocalSettings) -> None:
    preflight.check(settings, ["kafka", "minio"])


def test_a_missing_java_is_said_before_a_taken_port(settings: LocalSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(settings.home))
    with socket.create_server((HOST, settings.ports.kafka)), pytest.raises(MissingTool):
        preflight.check(settings, ["kafka"])


def test_without_a_java_part_no_java_is_needed(settings: LocalSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(settings.home))
    preflight.check(settings, ["minio"])


def test_a_taken_port_of_any_part_is_found(settings: LocalSettings) -> None:
    with socket.create_server((HOST, settings.ports.s3_console)), pytest.raises(PortTaken, match="HEADWATER_S3_CONSOLE_PORT"):
        preflight.check(settings, ["minio"])


def test_a_part_that_runs_may_have_its_port(settings: LocalSettings) -> None:
    processes.write_pid(pid_file(settings, "minio"), Process(os.getpid(), birth_of(os.getpid()) or ""))
    with socket.create_server((HOST, settings.ports.s3)):
        preflight.check(settings, ["minio"])


@pytest.mark.parametrize(
    ("name", "value"), [("HEADWATER_STREAM_BATCH_ROWS", "many"), ("HEADWATER_MAIL_TO", "me"), ("HEADWATER_KEEP_DAYS", "365")]
)
def test_a_setting_of_any_part_that_cannot_be_used_is_said_before_a_start(name: str, value: str) -> None:
    preflight.require_usable({"PATH": os.defpath})
    with pytest.raises(SettingsError) as raised:
        preflight.require_usable({name: value})
    assert (raised.value.where, raised.value.value) == (name, value)


def test_too_little_disk_is_said_with_the_folder(settings: LocalSettings) -> None:
    short = LocalSettings.from_environment({"HEADWATER_HOME": str(settings.home), "HEADWATER_FREE_DISK_MB": "999999999"})
    with pytest.raises(DiskFull) as raised:
        preflight.check(short, [])
    assert raised.value.where == str(settings.home)
