"""Detached processes with a pid file each. A pid file names a process by pid and birth (`include/process_identity.py`)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import psutil

from include.process_identity import Process, birth_of

_POLL_SECONDS = 0.05


def start(
    command: Sequence[str], *, environment: Mapping[str, str], log: Path, pid_file: Path, directory: Path, user: int | None = None
) -> Process:
    """Start the command in a session of its own, output appended to the log, and write its pid file."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user,
        )
    process = Process.of(child.pid)
    _CHILDREN[child.pid] = child
    write_pid(pid_file, process)
    return process


# Children of this very process stay zombies until somebody waits for them.
_CHILDREN: dict[int, subprocess.Popen[bytes]] = {}


def exit_code(process: Process) -> int | None:
    """The exit code of a child of ours that has ended; None while it runs, or when it is not a child of ours."""
    child = _CHILDREN.get(process.pid)
    if child is None:
        return None
    try:
        # Of a program with many threads the system knows the code a moment after the first of them has ended.
        return child.wait(timeout=_POLL_SECONDS if process.alive() else 2)
    except subprocess.TimeoutExpired:
        return None


def write_pid(pid_file: Path, process: Process) -> None:
    pid_file.parent.mkdir(parents=True, exist_ok=True)
    partial = pid_file.with_name(f".{pid_file.name}.{os.getpid()}")
    partial.write_text(json.dumps(asdict(process)))
    partial.replace(pid_file)


def recorded(pid_file: Path) -> Process | None:
    """The process that the file names, alive or dead; None when there is no file that can be read."""
    try:
        return Process(**json.loads(pid_file.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def read_pid(pid_file: Path) -> Process | None:
    """The living process that the file names; None when there is no file, or it names the dead."""
    process = recorded(pid_file)
    return process if process and process.alive() else None


def session_of(process: Process) -> list[Process]:
    """All that live in the process's session, whatever their parents and process groups, also when the process itself is dead.

    The system gives a pid to nobody else while a session bears it; when somebody else has it, the session is gone.
    """
    if birth_of(process.pid) not in (None, process.birth):
        return []
    members = [pid for pid in psutil.pids() if _session(pid) == process.pid]
    return [Process(pid, birth) for pid in members if (birth := birth_of(pid))]


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def stop(process: Process, *, seconds: float, first: signal.Signals = signal.SIGTERM) -> None:
    """Ask the process to end, wait, then kill it with all of its session. Nobody else is touched."""
    stop_all([process], seconds=seconds, first=first)


def stop_all(leaders: Sequence[Process], *, seconds: float, first: signal.Signals = signal.SIGTERM) -> None:
    """Like stop, for several at once."""
    for leader in leaders:
        _send(leader, first)
    _wait_until_dead(leaders, seconds)
    # Children may outlive the leader for a moment while they put their things in order.
    _wait_until_dead(_sessions(leaders), 2)
    members = _sessions(leaders)
    for member in members:
        _send(member, signal.SIGKILL)
    _wait_until_dead(members, 5)


def _sessions(leaders: Sequence[Process]) -> list[Process]:
    return [member for leader in leaders for member in session_of(leader)]


def stop_by_pid_file(pid_file: Path, *, seconds: float, first: signal.Signals = signal.SIGTERM) -> Process | None:
    """Stop what the file names, with what its death left behind, and remove the file; returns the process if it was alive."""
    process = recorded(pid_file)
    living = read_pid(pid_file)
    if process and process.same_boot():
        stop(process, seconds=seconds, first=first)
    pid_file.unlink(missing_ok=True)
    return living


def _send(process: Process, number: signal.Signals) -> None:
    if process.alive():
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)


def _wait_until_dead(processes: Sequence[Process], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while any(process.alive() for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True
