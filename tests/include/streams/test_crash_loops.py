"""The controller and drivers that keep dying."""

from __future__ import annotations

import pytest

from include.errors import StreamError
from include.settings import LakeSettings
from include.streams.controller import reconcile
from include.streams.state import set_desired
from tests.include.streams.drivers import Drivers, remember_starts


def test_group_that_keeps_dying_is_not_started_again(lake: LakeSettings, drivers: Drivers) -> None:
    remember_starts(lake, "all", 50, 40, 30, 20, 10)
    with pytest.raises(StreamError, match=r"died 5 times.*its last words.*action start"):
        reconcile(lake, "all", drivers)


def test_group_that_kept_dying_stays_down_when_its_deaths_are_long_ago(lake: LakeSettings, drivers: Drivers) -> None:
    remember_starts(lake, "all", 50, 40, 30, 20, 10)
    with pytest.raises(StreamError):
        reconcile(lake, "all", drivers)
    remember_starts(lake, "all", 5000, 4000)
    with pytest.raises(StreamError, match="died 5 times"):
        reconcile(lake, "all", drivers)
    assert drivers.started == []


def test_group_that_kept_dying_is_started_when_somebody_asks(lake: LakeSettings, drivers: Drivers) -> None:
    remember_starts(lake, "all", 50, 40, 30, 20, 10)
    with pytest.raises(StreamError):
        reconcile(lake, "all", drivers)
    set_desired(lake, "all", "running")
    assert reconcile(lake, "all", drivers).action == "started"
    drivers.living.clear()
    assert reconcile(lake, "all", drivers).action == "started"
