from __future__ import annotations

from dataclasses import replace

import pytest

from include.contracts import Contracts, load_contracts
from include.errors import ContractError, SettingsError
from include.streams.groups import outdated, overlapping_groups, stream_groups

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
    with pytest.raises(SettingsError, match=r"'feed'.*one of all, system"):
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


HOSTED = {contract.feed: contract.version for contract in CONTRACTS.feeds.values()}


def test_driver_that_hosts_every_feed_by_its_contract_is_not_behind() -> None:
    assert outdated("all", CONTRACTS, HOSTED, {}) == []


@pytest.mark.parametrize("hosted", [{feed: version for feed, version in HOSTED.items() if feed != "clicks"}, HOSTED | {"clicks": "0.9.0"}])
def test_driver_is_behind_for_a_new_feed_and_for_another_version(hosted: dict[str, str]) -> None:
    assert outdated("all", CONTRACTS, hosted, {}) == ["clicks"]


def test_driver_is_behind_when_a_contract_has_gone_but_not_when_it_broke() -> None:
    left = replace(CONTRACTS, feeds={feed: contract for feed, contract in CONTRACTS.feeds.items() if feed != "clicks"})
    broken = replace(left, broken=(ContractError("no such type", file="include/schemas/clickstream/clicks.odcs.yaml"),))
    assert [outdated("all", contracts, HOSTED, {}) for contracts in (left, broken)] == [["clicks"], []]


def test_driver_of_a_system_is_not_behind_for_the_feeds_of_others() -> None:
    assert outdated("crypto", CONTRACTS, {"crypto_prices": HOSTED["crypto_prices"]}, {"HEADWATER_STREAM_GROUPS": "system"}) == []
