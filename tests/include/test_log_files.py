"""A log is bounded while its writer writes on, and its newest lines are found wherever they are."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from include.log_files import bound, last_lines, older

WRITER = "import sys, time\nfor n in range(2000):\n    print(n, flush=True)\n    time.sleep(0.0005)\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "stream-all.log"


def test_a_process_that_appends_goes_on_while_its_log_is_emptied_and_no_line_is_there_twice(log: Path) -> None:
    with log.open("ab") as output:
        writer = subprocess.Popen([sys.executable, "-c", WRITER], stdout=output)
    times = 0
    while writer.poll() is None:
        times += bound(log, most_bytes=300, kept=1000)
        time.sleep(0.005)
    assert times > 1
    files = [*(older(log, number) for number in range(times, 0, -1)), log]
    lines = [line for file in files for line in file.read_text().splitlines()]
    numbers = [int(line) for line in lines if line.isdigit()]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == 1999
    assert len(numbers) > 1990  # a line that comes just then may be lost


def test_the_last_files_are_kept_and_the_oldest_goes(log: Path) -> None:
    for text in ("first", "second", "third", "fourth"):
        log.write_text(text)
        assert bound(log, most_bytes=3, kept=2)
    assert (log.read_text(), older(log).read_text(), older(log, 2).read_text()) == ("", "fourth", "third")
    assert not older(log, 3).exists()


@pytest.mark.parametrize("held", [None, "abc"])
def test_a_log_that_is_small_or_not_there_stays_as_it_is(log: Path, held: str | None) -> None:
    if held:
        log.write_text(held)
    assert not bound(log, most_bytes=3)
    assert not older(log).exists()


def test_what_a_killed_one_left_is_taken_once(log: Path) -> None:
    log.write_text("all")
    log.with_name(f"{log.name}.partial").write_text("al")
    bound(log, most_bytes=2)
    assert older(log).read_text() == "all"


def test_the_newest_lines_are_those_of_the_log_after_those_of_the_file_before(log: Path) -> None:
    older(log).write_text("one\ntwo\n")
    log.write_text("three\n")
    assert last_lines(log, 2) == ["two", "three"]
    assert last_lines(log, 1) == ["three"]
    assert last_lines(log, 2, since=0) == ["three"]
    assert last_lines(log.with_name("none"), 2) == []
