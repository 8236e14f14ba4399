from __future__ import annotations

import json
from pathlib import Path

from local.task_logs import why

FRAMES = [{"filename": f"/src/{n}.py", "lineno": n, "name": f"f{n}"} for n in range(9)]
INFO = {"timestamp": "t1", "level": "info", "event": "begun"}
ERROR = {
    "timestamp": "t2",
    "level": "error",
    "event": "Task failed",
    "error_detail": [{"exc_type": "TopicError", "exc_value": "no broker\nfix: start it", "frames": FRAMES}],
}


def log_of(tmp_path: Path, *entries: object) -> Path:
    log = tmp_path / "attempt=1.log"
    log.write_text("".join((entry if isinstance(entry, str) else json.dumps(entry)) + "\n" for entry in entries))
    return log


def test_an_error_is_shown_with_its_last_places_and_its_words(tmp_path: Path) -> None:
    lines = [line.strip() for line in why(log_of(tmp_path, INFO, ERROR)).splitlines()]
    assert lines == [
        "t2 error Task failed", "/src/6.py:6 in f6", "/src/7.py:7 in f7", "/src/8.py:8 in f8", "TopicError: no broker", "fix: start it",
    ]  # fmt: skip


def test_without_an_error_the_last_lines_are_shown(tmp_path: Path) -> None:
    assert why(log_of(tmp_path, INFO, "not JSON at all")).split() == ["t1", "info", "begun", "not", "JSON", "at", "all"]


def test_a_missing_log_is_said(tmp_path: Path) -> None:
    assert why(tmp_path / "none").strip() == "(no log)"
