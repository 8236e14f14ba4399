"""What the page makes of the API's answers before it draws anything: the state and freshness of a feed, and which come first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from tests.plugins.lakehouse.web.scripts import run

SLA = {"freshness_seconds": 60, "lag_records": 100}
NOW = datetime.now(UTC)


def stream(*feeds: str, desired: str = "running", alive: bool = True, phase: str = "running", **status: dict[str, Any]) -> dict[str, Any]:
    said = {"phase": phase, "published_at": NOW.timestamp(), "feeds": status}
    return {"group": "all", "reads": list(feeds), "desired": desired, "is_alive": alive, **said}


def look(feed: str, state: str, unread: int = 0, arrived: int = 0) -> dict[str, Any]:
    seconds = 9.0 if unread else 0.0
    return {"feed": feed, "state": state, "lag_records": unread, "lag_seconds": seconds, "arrived": arrived, "runway_hours": None}


DRIVEN = {"rows_per_second": 2.0, "lag": 7, "last_error": "", "parked_until": 0, "committed_at": None}
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


def driven(lag: int | None, committed: float | None) -> dict[str, Any]:
    """A driver at work that committed so many seconds ago."""
    return stream("f", f=DRIVEN | {"lag": lag, "committed_at": committed and NOW.timestamp() - committed})


ARRIVED, NONE_CAME = [look("f", "OK", arrived=40)], [look("f", "OK")]
# Age of the newest event, what the driver says, the last looks, whether what comes is history.
AGES = {
    "came a moment ago": (30, driven(0, 29), ARRIVED, False, "fresh"),
    "nothing was committed since the look that still saw records": (100, driven(0, 100), ARRIVED, False, "idle"),
    "the last record came within the time that is allowed": (90, driven(0, 50), ARRIVED, False, "idle"),
    "old events come": (3600, driven(0, 5), NONE_CAME, False, "stale"),
    "old events come and are history": (3600, driven(0, 5), NONE_CAME, True, "history"),
    "records wait": (90, driven(9, 89), NONE_CAME, False, "stale"),
    "the driver has committed nothing yet": (90, driven(0, None), ARRIVED, False, "idle"),
    "is not opened, and records came": (90, driven(None, None), ARRIVED, False, "stale"),
    "is not opened, and nobody has looked": (90, driven(None, None), [], False, "unknown"),
    "no driver is at work, and records came": (90, stream("f", alive=False), ARRIVED, False, "stale"),
    "no driver is at work, and none came": (90, stream("f", alive=False), NONE_CAME, False, "idle"),
    "nobody has said anything": (90, stream("f", alive=False), [], False, "unknown"),
    "never had a record": (None, driven(0, None), ARRIVED, False, "empty"),
}
UNREAD = {
    "is read": (driven(7, 1), [look("f", "OK", unread=100)], 7),
    "is not opened": (driven(None, None), [look("f", "STALL", unread=3), look("f", "OK", unread=2)], 5),
    "is not opened, and nobody has looked": (driven(None, None), [], None),
}


@cache
def found() -> dict[str, list[Any]]:
    """What is made of all of these: a process starts slowly."""
    script = """const of = (streams, lag) => flow.flowing([feed], streams, lag).f;
    return {
        states: states.map(([stream, looks]) => of([stream], looks).state),
        unread: unread.map(([stream, looks]) => of([stream], looks).unread),
        ages: ages.map(([newest_event_at, stream, looks, is_history]) =>
            flow.freshness(feed, { newest_event_at, is_history }, of([stream], looks))[0]),
    }"""
    newest = [None if age is None else (NOW - timedelta(seconds=age)).isoformat() for age, *_ in AGES.values()]
    ages = [[at, *said] for at, (_, *said, _) in zip(newest, AGES.values(), strict=True)]
    states, unread = ([said[:2] for said in of.values()] for of in (STATES, UNREAD))
    clock = NOW.timestamp() * 1000  # the tests may come to this one minutes after the file was read
    return run(
        f"Date.now = () => clock; {script}", "flow", clock=clock, feed={"feed": "f", "sla": SLA}, states=states, unread=unread, ages=ages
    )


@pytest.mark.parametrize("which", STATES)
def test_a_feed_has_the_state_of_its_driver_and_of_its_worst_partition(which: str) -> None:
    assert found()["states"][list(STATES).index(which)] == STATES[which][2]


@pytest.mark.parametrize("which", AGES)
def test_a_feed_that_brings_nothing_is_idle_and_not_stale(which: str) -> None:
    assert found()["ages"][list(AGES).index(which)] == AGES[which][-1]


@pytest.mark.parametrize("which", UNREAD)
def test_of_a_feed_that_is_not_opened_the_last_look_says_what_is_unread(which: str) -> None:
    assert found()["unread"][list(UNREAD).index(which)] == UNREAD[which][-1]


def test_feeds_that_are_not_well_come_first() -> None:
    states = {"a": "OK", "b": "unknown", "c": "WARN", "d": "STALL", "e": "parked", "f": "stopped", "g": "OK", "h": "REWIND", "i": "OK"}
    flow = {feed: {"state": state} for feed, state in states.items()}
    script = "return flow.notWellFirst(feeds, flows, (feed) => [feed.feed === 'g' ? 'stale' : 'fresh']).map((feed) => feed.feed).join('')"
    assert run(script, "flow", feeds=[{"feed": feed} for feed in states], flows=flow) == "ehdcgbafi"
