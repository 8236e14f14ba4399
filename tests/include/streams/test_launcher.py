from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from include import log_files
from include.lease import Holder
from include.process_identity import Process
from include.streams.launcher import LocalLauncher
from include.streams.settings import StreamSettings

DRIVER = "import subprocess, time; print(subprocess.Popen(['sleep', '600']).pid, flush=True); time.sleep(600)"


@pytest.fixture
def launcher(tmp_path: Path) -> LocalLauncher:
    return LocalLauncher(StreamSettings(log_directory=tmp_path), {})


@pytest.fixture
def driver() -> Iterator[subprocess.Popen]:
    with subprocess.Popen([sys.executable, "-c", DRIVER], stdout=subprocess.PIPE, text=True, start_new_session=True) as driver:
        yield driver
        with suppress(ProcessLookupError):
            os.killpg(driver.pid, signal.SIGKILL)


def test_kill_ends_a_driver_and_its_jvm(launcher: LocalLauncher, driver: subprocess.Popen) -> None:
    child = Process.of(int(driver.stdout.readline()))
    assert launcher.kill(Holder.of(driver.pid)) is True
    driver.wait(10)
    until = time.monotonic() + 10
    while child.alive() and time.monotonic() < until:
        time.sleep(0.02)
    assert not child.alive()


def test_the_last_words_of_a_driver_are_there_after_its_log_was_emptied(launcher: LocalLauncher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_files.bound, "__defaults__", (10, 2))
    launcher.log_file("all").write_text("one\ntwo\nthree\n")
    launcher.bound_log("all")
    assert launcher.log_file("all").read_text() == ""
    assert launcher.log_tail("all", 2) == "two\nthree"


def test_driver_of_another_host_is_neither_seen_nor_killed(launcher: LocalLauncher, driver: subprocess.Popen) -> None:
    holder = replace(Holder.of(driver.pid), host="elsewhere")
    assert launcher.alive(holder) is None
    assert launcher.kill(holder) is False
    assert driver.poll() is None


def test_stranger_with_the_pid_of_a_dead_driver_is_not_killed(launcher: LocalLauncher, driver: subprocess.Popen) -> None:
    assert launcher.kill(replace(Holder.of(driver.pid), birth="of somebody before")) is False
    assert driver.poll() is None
