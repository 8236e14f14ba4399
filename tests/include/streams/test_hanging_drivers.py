"""The controller and drivers that hang, do not stop, or make no room."""

from __future__ import annotations

import time

import pytest

from include import objects
from include.settings import LakeSettings
from include.streams.controller import reconcile
from include.streams.state import Desired, read_desired, set_desired
from tests.include.streams.drivers import HERE, Drivers, ask, hold, publish, saw


def test_silent_driver_is_killed(lake: LakeSettings, drivers: Drivers) -> None:
    saw(lake, "all", HERE, 600)
    hold(lake, "all", HERE)
    publish(lake, "all", HERE, heard_ago=100)
    assert reconcile(lake, "all", drivers).action == "killed"
    assert drivers.killed == [HERE]


@pytest.mark.parametrize(("age", "action"), [(200, "running"), (400, "killed")])
def test_driver_that_has_not_spoken_yet_has_minutes_to_bring_its_session_up(
    lake: LakeSettings, drivers: Drivers, age: float, action: str
) -> None:
    saw(lake, "all", HERE, age)
    hold(lake, "all", HERE)
    assert reconcile(lake, "all", drivers).action == action


def test_driver_that_was_started_by_hand_may_take_its_time_to_speak(lake: LakeSettings, drivers: Drivers) -> None:
    hold(lake, "all", HERE)
    assert reconcile(lake, "all", drivers).action == "running"


@pytest.mark.parametrize(("asked_ago", "action"), [(10, "draining"), (200, "killed")])
@pytest.mark.parametrize("wish", ["stop", "restart"])
def test_driver_has_two_minutes_to_stop_or_to_make_room_for_a_fresh_one(
    lake: LakeSettings, drivers: Drivers, wish: str, asked_ago: float, action: str
) -> None:
    saw(lake, "all", HERE, 1000)
    hold(lake, "all", HERE)
    publish(lake, "all", HERE, started_ago=1000)
    at = time.time() - asked_ago
    ask(lake, "all", requested_at=at, **({"state": "stopped"} if wish == "stop" else {"restart": 1, "restart_requested_at": at}))
    assert reconcile(lake, "all", drivers).action == action


def test_driver_that_was_started_after_the_restart_is_the_fresh_one(lake: LakeSettings, drivers: Drivers) -> None:
    saw(lake, "all", HERE, 150)
    hold(lake, "all", HERE)
    publish(lake, "all", HERE, started_ago=150)
    ask(lake, "all", restart=1, requested_at=time.time() - 200, restart_requested_at=time.time() - 200)
    assert reconcile(lake, "all", drivers).action == "running"


def test_start_that_is_asked_of_a_running_driver_ends_nothing(lake: LakeSettings, drivers: Drivers) -> None:
    saw(lake, "all", HERE, 1000)
    hold(lake, "all", HERE)
    publish(lake, "all", HERE, started_ago=1000)
    ask(lake, "all", restart=4, requested_at=time.time() - 200, restart_requested_at=time.time() - 5000)
    assert reconcile(lake, "all", drivers).action == "running"


def test_start_leaves_the_time_of_the_last_restart(lake: LakeSettings) -> None:
    restarted = set_desired(lake, "all", "running", restart=True)
    assert set_desired(lake, "all", "running").restart_requested_at == restarted.restart_requested_at


def test_wish_of_a_later_version_is_understood(lake: LakeSettings) -> None:
    objects.write(lake, "streams/all/desired.json", {"state": "stopped", "restart": 2, "requested_at": 5.0, "of_tomorrow": 1})
    assert read_desired(lake, "all") == Desired("stopped", 2, 5.0)


@pytest.mark.parametrize(("stopped_ago", "action"), [(600, "running"), (200, "killed")], ids=["before it was started", "while it runs"])
def test_drain_of_a_stopped_group_is_ended_by_what_is_asked_after_its_start(
    lake: LakeSettings, drivers: Drivers, stopped_ago: float, action: str
) -> None:
    saw(lake, "all", HERE, 300)
    hold(lake, "all", HERE)
    publish(lake, "all", HERE, started_ago=300, once=True)
    ask(lake, "all", state="stopped", requested_at=time.time() - stopped_ago)
    assert reconcile(lake, "all", drivers).action == action


@pytest.mark.parametrize("clock_ahead", [-60, 60])
def test_driver_that_knows_of_the_restart_is_the_fresh_one_whatever_its_clock_says(
    lake: LakeSettings, drivers: Drivers, clock_ahead: float
) -> None:
    saw(lake, "all", HERE, 150)
    hold(lake, "all", HERE)
    publish(lake, "all", HERE, started_ago=150 - clock_ahead, heard_ago=1 - clock_ahead, restart=1)
    ask(lake, "all", restart=1, requested_at=time.time() - 170, restart_requested_at=time.time() - 170)
    assert reconcile(lake, "all", drivers).action == "running"


@pytest.mark.parametrize("clock_ahead", [-60, 60])
def test_drain_that_was_started_after_the_stop_goes_on_whatever_its_clock_says(
    lake: LakeSettings, drivers: Drivers, clock_ahead: float
) -> None:
    saw(lake, "all", HERE, 150)
    hold(lake, "all", HERE)
    asked_at = time.time() - 170
    publish(lake, "all", HERE, started_ago=150 - clock_ahead, heard_ago=1 - clock_ahead, once=True, request=asked_at)
    ask(lake, "all", state="stopped", requested_at=asked_at)
    assert reconcile(lake, "all", drivers).action == "running"
