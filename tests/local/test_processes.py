from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local import processes
from local.processes import Process, birth_of

Starter = Callable[..., Process]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Starter]:
    """Starts a Python program as a part would be; whatever is left of it is killed afterwards."""
    begun: list[Process] = []

    def start(program: str) -> Process:
        process = processes.start(
            [sys.executable, "-c", program], environment=os.environ, log=tmp_path / "log", pid_file=tmp_path / "pid", directory=tmp_path
        )
        begun.append(process)
        wait_for(lambda: "ready" in (tmp_path / "log").read_text())
        return process

    yield start
    for process in begun:
        for member in processes.session_of(process):
            os.kill(member.pid, signal.SIGKILL)


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


SLEEPER = "import time; print('ready', flush=True); time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)"
PARENT = "import subprocess, sys, time; subprocess.Popen(['sleep', '600'], process_group=0); print('ready', flush=True); time.sleep(600)"


def test_a_started_process_has_a_session_of_its_own_and_a_pid_file(begin: Starter, tmp_path: Path) -> None:
    process = begin(SLEEPER)
    assert os.getsid(process.pid) == process.pid
    assert processes.read_pid(tmp_path / "pid") == process


def test_stop_ends_the_process_and_forgets_it(begin: Starter, tmp_path: Path) -> None:
    process = begin(SLEEPER)
    assert processes.stop_by_pid_file(tmp_path / "pid", seconds=10) == process
    assert not process.alive()
    assert not (tmp_path / "pid").exists()


def test_stop_kills_what_does_not_listen(begin: Starter) -> None:
    process = begin(STUBBORN)
    processes.stop(process, seconds=0.3)
    assert not process.alive()


def test_stop_ends_children_in_process_groups_of_their_own(begin: Starter) -> None:
    process = begin(PARENT)
    wait_for(lambda: len(processes.session_of(process)) == 2)
    processes.stop(process, seconds=10)
    assert processes.session_of(process) == []


def test_stop_ends_what_a_killed_process_has_left_behind(begin: Starter, tmp_path: Path) -> None:
    process = begin(PARENT)
    wait_for(lambda: len(processes.session_of(process)) == 2)
    os.kill(process.pid, signal.SIGKILL)
    wait_for(lambda: not process.alive())
    processes.stop_by_pid_file(tmp_path / "pid", seconds=5)
    assert processes.session_of(process) == []


def test_a_pid_that_belongs_to_somebody_else_now_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen(["sleep", "600"], start_new_session=True)
    try:
        processes.write_pid(tmp_path / "pid", Process(stranger.pid, (birth_of(stranger.pid) or "") + "0"))
        assert processes.read_pid(tmp_path / "pid") is None
        assert processes.stop_by_pid_file(tmp_path / "pid", seconds=1) is None
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_pid_file_of_an_earlier_boot_names_nobody(tmp_path: Path) -> None:
    processes.write_pid(tmp_path / "pid", Process(os.getpid(), "0f1e2d3c-another-boot/1"))
    assert processes.stop_by_pid_file(tmp_path / "pid", seconds=1) is None


@pytest.mark.parametrize("text", ["", "12", "{", '{"pid": 1}', "[]"])
def test_a_pid_file_that_was_cut_short_names_nobody(tmp_path: Path, text: str) -> None:
    (tmp_path / "pid").write_text(text)
    assert processes.read_pid(tmp_path / "pid") is None


def test_the_exit_code_of_a_child_is_known(begin: Starter) -> None:
    process = begin("print('ready', flush=True); raise SystemExit(7)")
    wait_for(lambda: processes.exit_code(process) is not None)
    assert processes.exit_code(process) == 7
