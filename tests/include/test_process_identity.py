from __future__ import annotations

import os
import subprocess
import time

import psutil
import pytest

from include.process_identity import Process, birth_of


def test_process_is_known_by_its_pid_and_birth() -> None:
    assert Process.of(os.getpid()).alive()


def test_same_pid_with_another_birth_is_another_process() -> None:
    assert not Process(os.getpid(), "another").alive()


def test_clock_that_is_set_moves_nobodys_birth(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process.of(os.getpid())
    monkeypatch.setattr(psutil.Process, "create_time", lambda _: time.time() + 3600)
    monkeypatch.setattr(psutil, "boot_time", lambda: time.time() + 3600)
    assert process.alive()


def test_zombie_is_dead() -> None:
    child = subprocess.Popen(["true"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert birth_of(child.pid) is None
    child.wait()


def test_process_that_was_never_seen_alive_is_dead() -> None:
    child = subprocess.Popen(["true"])
    child.wait()
    assert not Process.of(child.pid).alive()


def test_process_of_an_earlier_boot_is_told_from_todays() -> None:
    assert not Process(os.getpid(), "0f1e2d3c-another-boot/1").same_boot()
