"""One minute's work for one stream group: what was asked for by hand, then what the comparison of desired and actual asks for."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Literal

from include.settings import LakeSettings
from include.streams import controller
from include.streams.launcher import launcher
from include.streams.state import set_desired

log = logging.getLogger(__name__)

Action = Literal["none", "start", "stop", "restart"]


def control(group: str, action: Action, overlapping: Sequence[str] = ()) -> str:
    """What was done for the group, and for the `overlapping` ones of another grouping that still run, in words.

    Raises StreamError when its driver dies as often as it is started, or hangs where it cannot be ended.
    """
    lake = LakeSettings.from_environment()
    if action != "none":
        set_desired(lake, group, "stopped" if action == "stop" else "running", restart=action == "restart")
    outcome = controller.reconcile(lake, group, launcher(), overlapping)
    log.info("%s", outcome)
    return str(outcome)
