"""The controller and drivers of a grouping that is configured no more."""

from __future__ import annotations

import time

from include.settings import LakeSettings
from include.streams.controller import reconcile
from include.streams.state import read_desired
from tests.include.streams.drivers import ELSEWHERE, HERE, Drivers, ask, hold, publish, saw


def test_driver_of_a_former_group_is_asked_to_drain_before_another_starts(lake: LakeSettings, drivers: Drivers) -> None:
    hold(lake, "all", HERE)
    publish(lake, "all", HERE)
    outcome = reconcile(lake, "commerce", drivers, ("all",))
    assert (outcome.action, drivers.started) == ("waiting", [])
    assert "all: draining (pid 7 on here" in str(outcome)


def test_former_group_runs_again_when_it_is_configured_again(lake: LakeSettings, drivers: Drivers) -> None:
    hold(lake, "all", HERE)
    publish(lake, "all", HERE)
    reconcile(lake, "commerce", drivers, ("all",))
    hold(lake, "all", HERE, released=True)
    drivers.living.clear()
    assert reconcile(lake, "all", drivers, ("commerce", "crypto")).action == "started"


def test_driver_of_a_former_group_is_asked_once(lake: LakeSettings, drivers: Drivers) -> None:
    hold(lake, "all", HERE)
    publish(lake, "all", HERE)
    for _ in range(3):
        reconcile(lake, "commerce", drivers, ("all",))
    assert read_desired(lake, "all").restart == 1


def test_driver_of_a_former_group_that_does_not_drain_is_killed(lake: LakeSettings, drivers: Drivers) -> None:
    saw(lake, "all", HERE, 1000)
    hold(lake, "all", HERE)
    publish(lake, "all", HERE, started_ago=1000)
    ask(lake, "all", restart=1, restart_requested_at=time.time() - 200)
    outcome = reconcile(lake, "commerce", drivers, ("all",))
    assert drivers.killed == [HERE]
    assert "all: killed" in outcome.detail
    assert reconcile(lake, "commerce", drivers, ("all",)).action == "started"


def test_driver_that_runs_beside_one_of_a_former_group_goes_on_and_both_are_shown(lake: LakeSettings, drivers: Drivers) -> None:
    hold(lake, "all", HERE)
    publish(lake, "all", HERE)
    drivers.start("commerce")
    outcome = reconcile(lake, "commerce", drivers, ("all",))
    assert outcome.action == "running"
    assert "all: draining" in outcome.detail


def test_leases_that_were_given_back_are_nobodys(lake: LakeSettings, drivers: Drivers) -> None:
    hold(lake, "crypto", ELSEWHERE, released=True)
    assert str(reconcile(lake, "all", drivers, ("commerce", "crypto"))) == "all: started (pid 100, epoch 3)"
