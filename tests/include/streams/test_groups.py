from __future__ import annotations

from dataclasses import replace

import pytest

from include.contracts import Contracts, load_contracts
from include.errors import ContractError, SettingsError
from include.streams.groups import overlapping_groups, stream_groups

CONTRACTS = load_contracts()
SYSTEMS = {contract.system for contract in CONTRACTS.feeds.values()}


def feeds(groups: dict, name: str) -> set[str]:
    return {contract.feed for contract in groups[name]}


def test_one_group_has_every_feed() -> None:
    assert feeds(stream_groups(CONTRACTS, {}), "all") == set(CONTRACTS.feeds)


def test_groups_by_system_have_each_feed_once() -> None:
    groups = stream_groups(CONTRACTS, {"HEADWATER_STREAM_GROUPS": "system"})
    assert sorted(contract.feed for group in groups.values() for contract in group) == sorted(CONTRACTS.feeds)


def test_another_grouping_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(SettingsError, match=r"'feed'.*use all or system"):
        stream_groups(CONTRACTS, {"HEADWATER_STREAM_GROUPS": "feed"})


def test_groups_that_share_a_feed_under_any_grouping_overlap() -> None:
    groups = stream_groups(CONTRACTS, {}) | stream_groups(CONTRACTS, {"HEADWATER_STREAM_GROUPS": "system"})
    sharing = {name: {other for other in groups if other != name and feeds(groups, other) & feeds(groups, name)} for name in groups}
    assert {name: set(overlapping_groups(name, CONTRACTS)) for name in groups} == sharing


def test_system_whose_contracts_are_broken_today_overlaps_with_all() -> None:
    contracts = replace(CONTRACTS, broken=(ContractError("no such type", file="include/schemas/harbour/ships.odcs.yaml"),))
    assert set(overlapping_groups("all", contracts)) == {*SYSTEMS, "harbour"}


def test_group_of_a_system_that_is_gone_overlaps_with_all() -> None:
    assert overlapping_groups("harbour", Contracts({})) == ("all",)
