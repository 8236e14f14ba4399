"""The controller and drivers on another host, which it knows by their leases alone."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from include import objects
from include.errors import StreamError
from include.settings import LakeSettings
from include.streams import controller
from include.streams.controller import reconcile
from include.streams.memory import Memory, Sighting
from tests.include.streams.drivers import ELSEWHERE, Drivers, ask, hold, publish, saw


def test_driver_of_another_host_that_renews_its_lease_is_left_alone(lake: LakeSettings, drivers: Drivers) -> None:
    saw(lake, "all", ELSEWHERE, 60, renewals=5)
    hold(lake, "all", ELSEWHERE, renewals=20)
    publish(lake, "all", ELSEWHERE)
    assert reconcile(lake, "all", drivers).action == "running"


@pytest.mark.parametrize("heard_ago", [-60, 60, 120])
def test_driver_whose_clock_is_a_minute_off_has_as_long_to_speak(lake: LakeSettings, drivers: Drivers, heard_ago: float) -> None:
    saw(lake, "all", ELSEWHERE, 600, renewals=5)
    hold(lake, "all", ELSEWHERE, renewals=20)
    publish(lake, "all", ELSEWHERE, heard_ago=heard_ago)
    assert reconcile(lake, "all", drivers).action == "running"


def test_dead_host_is_noticed_by_the_lease_that_nobody_renews(lake: LakeSettings, drivers: Drivers) -> None:
    saw(lake, "all", ELSEWHERE, 60, renewals=20)
    hold(lake, "all", ELSEWHERE, renewals=20)
    assert reconcile(lake, "all", drivers).action == "started"


def test_driver_that_still_waits_for_the_lease_of_a_dead_host_is_left_to_it(lake: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controller, "WATCH_START_SECONDS", 0)
    saw(lake, "all", ELSEWHERE, 60)
    hold(lake, "all", ELSEWHERE)
    drivers = Drivers(lake, slow=True)
    assert [reconcile(lake, "all", drivers).action for _ in range(2)] == ["starting", "starting"]
    assert drivers.started == ["all"]


def test_lease_of_another_host_is_watched_before_it_counts_as_left(lake: LakeSettings, drivers: Drivers) -> None:
    hold(lake, "all", ELSEWHERE, renewals=20)
    publish(lake, "all", ELSEWHERE)
    assert [reconcile(lake, "all", drivers).action for _ in range(2)] == ["running", "running"]


def test_lease_that_changed_hands_is_watched_anew(lake: LakeSettings, drivers: Drivers) -> None:
    saw(lake, "all", ELSEWHERE, 60)
    hold(lake, "all", replace(ELSEWHERE, pid=9))
    assert reconcile(lake, "all", drivers).action == "running"


def test_dead_host_of_a_stopped_group_is_no_driver_to_wait_for(lake: LakeSettings, drivers: Drivers) -> None:
    saw(lake, "all", ELSEWHERE, 60)
    hold(lake, "all", ELSEWHERE)
    ask(lake, "all", state="stopped")
    assert reconcile(lake, "all", drivers).action == "stopped"


def test_driver_that_cannot_be_ended_is_not_said_to_be_killed(lake: LakeSettings, drivers: Drivers) -> None:
    saw(lake, "all", ELSEWHERE, 600)
    hold(lake, "all", ELSEWHERE, renewals=1)
    publish(lake, "all", ELSEWHERE, heard_ago=500)
    with pytest.raises(StreamError, match=r"cannot be ended from here.*end the process 8 on the host elsewhere"):
        reconcile(lake, "all", drivers)


def test_lease_and_notes_of_the_earlier_format_are_understood(lake: LakeSettings, drivers: Drivers) -> None:
    holder = {"host": "here", "pid": 7, "process_started": 1773000000.25}
    lease = {"owner": "x", "epoch": 3, "renewals": 20, "released": False, "holder": holder}
    objects.write(lake, "leases/stream-all.json", lease)
    objects.write(lake, "streams/all/controller.json", {"starts": [time.time() - 500], "last": holder})
    assert reconcile(lake, "all", drivers).action == "running"
    at = time.time() - 60
    replace(Memory.read(lake, "all"), sighting=Sighting("x", 20, at, at)).write(lake, "all")
    assert reconcile(lake, "all", drivers).action == "started"
