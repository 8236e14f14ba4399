"""One minute's work for one stream group: what was asked for by hand, then what the comparison of desired and actual asks for."""

from __future__ import annotations

import logging
from typing import Literal

from include.contracts import Contracts
from include.settings import LakeSettings
from include.streams import controller
from include.streams.groups import outdated, overlapping_groups
from include.streams.launcher import launcher
from include.streams.state import read_actual, read_desired, restart_is_due, set_desired

log = logging.getLogger(__name__)

Action = Literal["none", "start", "stop", "restart"]


def control(group: str, action: Action, contracts: Contracts) -> str:
    """What was done for the group, and for those of another grouping that share its feeds and still run, in words. A driver that
    was started before a contract came, changed its version or went is asked to make room for a fresh one.

    Raises StreamError when its driver dies as often as it is started, or hangs where it cannot be ended.
    """
    lake = LakeSettings.from_environment()
    if action != "none":
        set_desired(lake, group, "stopped" if action == "stop" else "running", restart=action == "restart")
    elif feeds := _behind(lake, group, contracts):
        log.info("%s: a fresh driver is asked for, as contracts have changed: %s", group, ", ".join(feeds))
        set_desired(lake, group, "running", restart=True)
    drivers = launcher()
    drivers.bound_log(group)
    outcome = controller.reconcile(lake, group, drivers, overlapping_groups(group, contracts))
    log.info("%s", outcome)
    return str(outcome)


def _behind(lake: LakeSettings, group: str, contracts: Contracts) -> list[str]:
    """The feeds of which a driver at work knows other contracts than there are now; none while it is on its way to or from work."""
    desired, status = read_desired(lake, group), read_actual(lake, group)
    if status is None or status.phase != "running" or desired.state != "running" or restart_is_due(desired, status):
        return []
    return outdated(group, contracts, {feed: each.contract for feed, each in status.feeds.items()})
