"""Start one part and wait until it answers; stop it again."""

from __future__ import annotations

import time
from pathlib import Path

from include import log_files
from local import ports, processes
from local.errors import PartFailed
from local.parts.part import KINDS, Kind, Part, log_file, pid_file
from local.processes import Process
from local.settings import LocalSettings

_POLL_SECONDS = 0.1
_LAST_LINES = 15


def ensure(settings: LocalSettings, part: Part) -> bool:
    """Bring the part up; False when it was up already. PartFailed or PortTaken otherwise, and then nothing of it is left behind."""
    pid, log = pid_file(settings, part.name), log_file(settings, part.name)
    running = processes.read_pid(pid)
    if running and _is_ready(settings, part, running):
        return False
    if running:
        # An `up` that was interrupted may have left it half-started.
        wait_until_ready(settings, part, running, log_from=_size(log))
        return False
    stop(settings, part.name)
    for setting, port in part.kind.port_settings(settings):
        ports.require_free(port, part=part.name, setting=setting)
    _rotate(log)
    log_from = _size(log)
    process = processes.start(part.command, environment=part.environment, log=log, pid_file=pid, directory=part.directory)
    try:
        wait_until_ready(settings, part, process, log_from=log_from)
    except BaseException:
        stop(settings, part.name)
        raise
    return True


def wait_until_ready(settings: LocalSettings, part: Part, process: Process, *, log_from: int) -> None:
    """Return when the part answers; PartFailed at once when its process dies, or when the time is up."""
    deadline = time.monotonic() + settings.ready_seconds
    while not _is_ready(settings, part, process):
        if not process.alive():
            code = processes.exit_code(process)
            raise _failure(
                settings, part, f"{part.name} ended{'' if code is None else f' with exit code {code}'} instead of starting", log_from
            )
        if time.monotonic() > deadline:
            raise _failure(settings, part, f"{part.name} does not answer after {settings.ready_seconds:.0f} s", log_from)
        time.sleep(_POLL_SECONDS)


def stop(settings: LocalSettings, name: str) -> bool:
    """Stop the part's process and all that it started in its session; False when it was not running."""
    kind = KINDS.get(name, Kind())
    return processes.stop_by_pid_file(pid_file(settings, name), seconds=kind.stop_seconds, first=kind.stop_signal) is not None


def _is_ready(settings: LocalSettings, part: Part, process: Process) -> bool:
    """Whether the part answers, and whether the one who answers is ours."""
    numbers = [port for _, port in part.kind.port_settings(settings)]
    if not all(ports.answers(port) for port in numbers) or not part.answers():
        return False
    return process.alive() and all(ports.belongs_to(port, process) for port in numbers)


def _failure(settings: LocalSettings, part: Part, what: str, log_from: int) -> PartFailed:
    log = log_file(settings, part.name)
    return PartFailed(what, where=f"log: {log}", fix=f"the log says, at its end:\n{last_lines(log, since=log_from)}")


def last_lines(log: Path, *, since: int | None = None, count: int = _LAST_LINES, indent: str = "    ") -> str:
    """The end of the log, of what was written after the byte `since`."""
    if not log.exists():
        return f"{indent}(no log)"
    return "\n".join(f"{indent}{line}" for line in log_files.last_lines(log, count, since)) or f"{indent}(nothing)"


def _size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def _rotate(log: Path) -> None:
    if _size(log) > log_files.MOST_BYTES:
        log.replace(log_files.older(log))
