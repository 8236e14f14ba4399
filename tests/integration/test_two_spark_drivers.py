"""Two drivers of Spark, each with a JVM of its own, append to one table at once: with the table's lease neither overwrites the other's
commit. Without it Spark's log store for S3 loses about two of a hundred."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from include.delta_log import open_table
from include.settings import LakeSettings
from local.settings import REPOSITORY
from local.stack import Stack
from tests.integration.appending import ADDRESS
from tests.integration.streams import eventually

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1800)]

PROGRAM = Path(__file__).with_name("appending.py")


class Appending:
    """Drivers over a lake of the test's own."""

    def __init__(self, stack: Stack, directory: Path) -> None:
        known = stack.client_environment()
        del known["SPARK_REMOTE"]
        shared = LakeSettings.from_environment(known)
        self.lake = dataclasses.replace(shared, uri=f"{shared.uri}/{uuid.uuid4().hex[:12]}")
        self._environment = {**os.environ, **known, "LAKE_URI": self.lake.uri, "PYTHONPATH": str(REPOSITORY)}
        self._directory, self.processes = directory, dict[str, subprocess.Popen[bytes]]()

    def start(self, who: str, *words: str) -> subprocess.Popen[bytes]:
        with (self._directory / f"{who}.out").open("wb") as out, (self._directory / f"{who}.err").open("wb") as log:
            program = [sys.executable, str(PROGRAM), who, *words]
            process = subprocess.Popen(program, env=self._environment, stdout=out, stderr=log, start_new_session=True)
        self.processes[who] = process
        return process

    def said(self, who: str) -> list[tuple[str, float]]:
        """What the driver has said so far, with when."""
        lines = (self._directory / f"{who}.out").read_text().splitlines()
        return [(what, float(when)) for what, when in (line.split() for line in lines)]

    def log(self, who: str) -> str:
        return (self._directory / f"{who}.err").read_text()

    def signal(self, who: str, number: int) -> None:
        """To the driver and its JVM."""
        os.killpg(self.processes[who].pid, number)

    def rows(self) -> Counter[tuple[str, int]]:
        """Who appended what, and how often it is in the table."""
        table = open_table(self.lake, ADDRESS)
        assert table is not None
        return Counter((row["who"], row["number"]) for row in table.to_pyarrow_table().to_pylist())


@pytest.fixture
def appending(stack: Stack, tmp_path: Path) -> Iterator[Appending]:
    drivers = Appending(stack, tmp_path)
    yield drivers
    for who, process in drivers.processes.items():
        if process.poll() is None:
            drivers.signal(who, signal.SIGKILL)
            process.wait()


@pytest.mark.parametrize("times", [5, pytest.param(100, marks=pytest.mark.thorough)])
def test_two_drivers_that_append_at_once_lose_nothing_and_never_write_at_once(appending: Appending, times: int) -> None:
    for process in [appending.start(who, str(times)) for who in "ab"]:
        assert process.wait(1500) == 0, appending.log("a") + appending.log("b")

    assert appending.rows() == {(who, number): 1 for who in "ab" for number in range(times)}
    spans = sorted(_spans(appending.said("a")) + _spans(appending.said("b")))
    assert len(spans) == 2 * times
    assert [span for span, following in pairwise(spans) if span[1] > following[0]] == []


@pytest.mark.thorough
def test_driver_that_was_paused_for_longer_than_its_lease_commits_nothing_and_says_so(appending: Appending) -> None:
    paused = appending.start("a", "1", "300")
    eventually(lambda: [what for what, _ in appending.said("a")] == ["begun"], "the first driver writes")
    appending.signal("a", signal.SIGSTOP)
    other = appending.start("b", "1")
    assert other.wait(300) == 0, appending.log("b")
    appending.signal("a", signal.SIGCONT)

    assert paused.wait(300) == 0, appending.log("a")
    assert [what for what, _ in appending.said("a")] == ["begun", "LeaseLost", "ended"]
    assert appending.rows() == {("b", 0): 1}


def _spans(said: list[tuple[str, float]]) -> list[tuple[float, float]]:
    """When each append began, and when it was done."""
    times = [when for what, when in said if what in ("begun", "done")]
    return list(zip(times[::2], times[1::2], strict=True))
