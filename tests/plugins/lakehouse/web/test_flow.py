"""What the page makes of the API's answers before it draws anything: the state and freshness of a feed, and which come first."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lakehouse.web import page_files
from playwright._impl._driver import compute_driver_executable

FLOW = Path(page_files.__file__).parent / "page" / "flow.js"
SLA = {"freshness_seconds": 60, "lag_records": 100}


def run(script: str, **given: Any) -> Any:
    """What the script returns, with flow.js and what is given as its names; by the JavaScript that the browser's driver brings."""
    names = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in given.items())
    program = f"import * as flow from {json.dumps(FLOW.as_uri())};\n{names}console.log(JSON.stringify((() => {{ {script} }})()));"
    node, _ = compute_driver_executable()
    done = subprocess.run([node, "--input-type=module", "-e", program], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def stream(*feeds: str, desired: str = "running", alive: bool = True, phase: str = "running", **status: dict[str, Any]) -> dict[str, Any]:
    return {"group": "all", "reads": list(feeds), "desired": desired, "is_alive": alive, "phase": phase, "feeds": status}


def look(feed: str, state: str, unread: int = 0, arrived: int = 0) -> dict[str, Any]:
    seconds = 9.0 if unread else 0.0
    return {"feed": feed, "state": state, "lag_records": unread, "lag_seconds": seconds, "arrived": arrived, "runway_hours": None}


DRIVEN = {"rows_per_second": 2.0, "lag": 7, "last_error": "", "parked_until": 0}
PARKED = DRIVEN | {"last_error": "the table is broken", "parked_until": 1}
STATES = {
    "flows": (stream("f", f=DRIVEN), [look("f", "OK")], "OK"),
    "one partition stalls": (stream("f", f=DRIVEN), [look("f", "OK"), look("f", "STALL")], "STALL"),
    "nobody has looked": (stream("f", f=DRIVEN), [], "unknown"),
    "is parked": (stream("f", f=PARKED), [look("f", "OK")], "parked"),
    "its driver is dead": (stream("f", alive=False, f=DRIVEN), [look("f", "OK")], "STOP"),
    "never had a driver": ({"group": "all", "reads": ["f"], "desired": "running", "is_alive": False}, [], "STOP"),
    "is stopped": (stream("f", desired="stopped", alive=False), [look("f", "STOP")], "stopped"),
    "its driver starts": (stream("f", phase="starting"), [], "starting"),
    "its driver has not taken it up": (stream("f", "g", g=DRIVEN), [], "unknown"),
    "is read by nobody that is known": (stream("g", g=DRIVEN), [look("f", "WARN")], "WARN"),
}


AGES = {
    "came a moment ago": (30, True, True, "fresh"),
    "is late": (90, True, True, "stale"),
    "nothing is sent": (90, True, False, "idle"),
    "nobody has looked whether any is sent": (90, False, False, "unknown"),
    "never had a record": (None, True, True, "empty"),
}


@cache
def found() -> dict[str, list[str]]:
    """What is made of all of these: a process starts slowly."""
    states = [{"streams": [of], "lag": looks} for of, looks, _ in STATES.values()]
    newest = [None if age is None else (datetime.now(UTC) - timedelta(seconds=age)).isoformat() for age, _, _, _ in AGES.values()]
    flows = [{"wasLookedAt": looked, "arrives": arrives} for _, looked, arrives, _ in AGES.values()]
    script = """return {
        states: states.map(({ streams, lag }) => flow.flowing([feed], streams, lag).f.state),
        ages: newest.map((each, place) => flow.freshness(feed, { newest_event_at: each }, flows[place])[0]),
    }"""
    return run(script, feed={"feed": "f", "sla": SLA}, states=states, newest=newest, flows=flows)


@pytest.mark.parametrize("which", STATES)
def test_a_feed_has_the_state_of_its_driver_and_of_its_worst_partition(which: str) -> None:
    assert found()["states"][list(STATES).index(which)] == STATES[which][2]


@pytest.mark.parametrize("which", AGES)
def test_a_feed_that_brings_nothing_is_idle_and_not_stale(which: str) -> None:
    assert found()["ages"][list(AGES).index(which)] == AGES[which][3]


def test_feeds_that_are_not_well_come_first() -> None:
    states = {"a": "OK", "b": "unknown", "c": "WARN", "d": "STALL", "e": "parked", "f": "stopped", "g": "OK", "h": "REWIND", "i": "OK"}
    flow = {feed: {"state": state} for feed, state in states.items()}
    script = "return flow.notWellFirst(feeds, flows, (feed) => [feed.feed === 'g' ? 'stale' : 'fresh']).map((feed) => feed.feed).join('')"
    assert run(script, feeds=[{"feed": feed} for feed in states], flows=flow) == "ehdcgbafi"
