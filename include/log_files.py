"""Logs of processes that run for weeks: a log is `<name>.log`, what it held before `<name>.log.1`, and so on to the oldest."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

MOST_BYTES = 20_000_000
KEPT = 3
_LINE_BYTES = 2000


def bound(log: Path, most_bytes: int = MOST_BYTES, kept: int = KEPT) -> bool:
    """Empties a log of more bytes than that, after its lines were copied to the first of the `kept` older files; whether it did.

    Whoever writes goes on with the same file, which has to be open for appending: so a driver, and the JVM that it has started, need not
    be told. Lines of the moment between the last byte copied and the emptying are lost.
    """
    if not log.exists() or log.stat().st_size <= most_bytes:
        return False
    copy = log.with_name(f"{log.name}.partial")
    shutil.copyfile(log, copy)
    for number in range(kept - 1, 0, -1):
        if older(log, number).exists():
            older(log, number).replace(older(log, number + 1))
    copy.replace(older(log))
    with log.open("rb") as rest, older(log).open("ab") as first:
        rest.seek(first.tell())
        shutil.copyfileobj(rest, first)  # what came while the many bytes before were copied
        os.truncate(log, 0)
    return True


def older(log: Path, number: int = 1) -> Path:
    """What the log held before it was emptied for the last time, or so many times ago."""
    return log.with_name(f"{log.name}.{number}")


def last_lines(log: Path, count: int, since: int | None = None) -> list[str]:
    """Of what was written after the byte `since`; without it of all, where those of the file before come first if a log that was emptied
    has too few. None where there is no log."""
    if not log.exists():
        return []
    found = _tail(log, count, since or 0)
    if len(found) < count and since is None and older(log).exists():
        return [*_tail(older(log), count - len(found)), *found]
    return found


def _tail(log: Path, count: int, since: int = 0) -> list[str]:
    with log.open("rb") as file:
        file.seek(max(since, file.seek(0, os.SEEK_END) - count * _LINE_BYTES))
        return file.read().decode(errors="replace").strip().splitlines()[-count:]
