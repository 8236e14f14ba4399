"""Airflow's task logs, one JSON object a line, as a person reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_LAST_LINES = 10
_FRAMES = 3
_INDENT = "    "


def why(log: Path) -> str:
    """What went wrong: the errors of the log, each with the last places of its trace; without an error the log's last lines."""
    entries = list(_entries(log))
    errors = [line for entry in entries if entry.get("level") in ("error", "critical") for line in _error(entry)]
    lines = errors[-2 * _LAST_LINES :] or [_plain(entry) for entry in entries[-_LAST_LINES:]]
    return "\n".join(f"{_INDENT}{line}" for line in lines) or f"{_INDENT}(no log)"


def skipped_because(log: Path) -> str:
    """The reason that a task gave for being skipped; empty where it gave none."""
    return next((str(entry["reason"]) for entry in _entries(log) if entry.get("reason")), "")


def _entries(log: Path) -> Iterator[dict[str, Any]]:
    if not log.exists():
        return
    for line in log.read_text(errors="replace").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            entry = {"event": line}
        yield entry if isinstance(entry, dict) else {"event": line}


def _plain(entry: dict[str, Any]) -> str:
    return " ".join(str(entry[name]) for name in ("timestamp", "level", "event") if entry.get(name))


def _error(entry: dict[str, Any]) -> Iterator[str]:
    yield _plain(entry)
    for detail in entry.get("error_detail") or ():
        for frame in (detail.get("frames") or ())[-_FRAMES:]:
            yield f"  {frame.get('filename')}:{frame.get('lineno')} in {frame.get('name')}"
        yield from f"{detail.get('exc_type')}: {detail.get('exc_value')}".splitlines()
