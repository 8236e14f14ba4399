"""Which feeds share one stream driver."""

from __future__ import annotations

import os
from collections.abc import Mapping

from include.contracts import Contract, Contracts
from include.errors import SettingsError

SETTING = "HEADWATER_STREAM_GROUPS"


def stream_groups(contracts: Contracts, environment: Mapping[str, str] = os.environ) -> dict[str, tuple[Contract, ...]]:
    """Group name → its contracts: one group `all`, or one a system, as HEADWATER_STREAM_GROUPS says."""
    by = environment.get(SETTING, "all")
    feeds = tuple(contracts.feeds[name] for name in sorted(contracts.feeds))
    if by == "all":
        return {"all": feeds}
    if by == "system":
        return {system: contracts.of_system(system) for system in sorted({contract.system for contract in feeds})}
    raise SettingsError("no such way to group the streams", where=SETTING, value=by, fix="use all or system")
