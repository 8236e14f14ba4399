"""Which feeds share one stream driver."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from include.contract_files import SUFFIX
from include.contracts import Contract, Contracts
from include.streams.settings import GroupSettings

ALL = "all"


def stream_groups(contracts: Contracts, environment: Mapping[str, str] = os.environ) -> dict[str, tuple[Contract, ...]]:
    """Group name → its contracts: one group `all`, or one a system, as HEADWATER_STREAM_GROUPS says. SettingsError for another word."""
    by = GroupSettings.from_environment(environment).groups
    feeds = tuple(contracts.feeds[name] for name in sorted(contracts.feeds))
    if by == ALL:
        return {ALL: feeds}
    return {system: contracts.of_system(system) for system in _systems(contracts)}


def overlapping_groups(name: str, contracts: Contracts) -> tuple[str, ...]:
    """The other groups that could share a feed with this one, however streams are or were grouped; a driver may outlive a regrouping."""
    if name != ALL:
        return (ALL,)
    # A system whose contracts are all broken today may have a driver that was started before they were.
    return tuple(sorted({*_systems(contracts), *(Path(error.file).parent.name for error in contracts.broken)}))


def outdated(name: str, contracts: Contracts, hosted: Mapping[str, str], environment: Mapping[str, str] = os.environ) -> list[str]:
    """The feeds of the group for which a driver that hosts these (feed → version of its contract) is behind: they are new, of another
    version, or gone. One whose contract is broken now goes on as it was."""
    wanted = {contract.feed: contract.version for contract in stream_groups(contracts, environment).get(name, ())}
    broken = {Path(error.file).name.removesuffix(SUFFIX) for error in contracts.broken}
    changed = {feed for feed, version in wanted.items() if hosted.get(feed) != version}
    return sorted(changed | (hosted.keys() - wanted.keys() - broken))


def _systems(contracts: Contracts) -> list[str]:
    return sorted({contract.system for contract in contracts.feeds.values()})
