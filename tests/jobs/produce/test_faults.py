"""Faults: the share that was asked for, of the kind that was asked for, in every feed, and the same for the same seed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.contracts import Contract, Field, Rule, load_contracts
from include.contracts.model import TopicSettings
from include.contracts.verdict import RecordCheck
from include.errors import SettingsError
from include.times import instant
from jobs.produce.breaks import Breaker
from jobs.produce.faults import Faults, with_faults
from jobs.produce.feeds import records
from jobs.produce.record import Record

CONTRACTS = load_contracts().feeds
CHECKS = {feed: RecordCheck(contract) for feed, contract in CONTRACTS.items()}
EACH = pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS.keys())
START = datetime(2026, 3, 14, tzinfo=UTC)
COUNT = 1000
ALL = Faults(duplicates=0.1, late=0.1, broken=0.1, undecodable=0.1, unknown_fields=0.1, late_by_hours=6)
DEAD = {"empty", "not_utf8", "not_json", "irregular_json", "not_object"}


def sound(contract: Contract, count: int = COUNT) -> list[Record]:
    return made(contract.feed, count)


@cache
def made(feed: str, count: int) -> list[Record]:
    return list(records(CONTRACTS[feed], seed=3, count=count, start=START, end=START + timedelta(days=1)))


def faulty(contract: Contract, faults: Faults, *, seed: int = 3, count: int = COUNT) -> list[Record]:
    return list(with_faults(sound(contract, count), contract, faults, seed))


JUDGED: dict[str, dict[bytes | None, tuple[str, ...]]] = {feed: {} for feed in CONTRACTS}  # most records of a test are those of another


def reasons(contract: Contract, found: Iterable[Record]) -> list[tuple[str, ...]]:
    """Those against each of the records; their rules are computed at once."""
    values, known = [record.value for record in found], JUDGED[contract.feed]
    new = [value for value in dict.fromkeys(values) if value not in known]
    known |= {value: verdict.reasons for value, verdict in zip(new, CHECKS[contract.feed].judge_all(new), strict=True)}
    return [known[value] for value in values]


def happened(contract: Contract, record: Record) -> datetime | None:
    return instant(json.loads(record.value)[contract.event_time_field]) if contract.event_time_field else record.timestamp


@EACH
def test_without_faults_the_records_are_the_same(contract: Contract) -> None:
    assert faulty(contract, Faults()) == sound(contract)


@EACH
def test_the_same_seed_gives_the_same_faults_and_another_gives_others(contract: Contract) -> None:
    assert faulty(contract, ALL) == faulty(contract, ALL)
    assert faulty(contract, ALL) != faulty(contract, ALL, seed=4)


@EACH
def test_a_duplicate_is_the_same_record_again_at_once_or_later(contract: Contract) -> None:
    found = faulty(contract, Faults(duplicates=0.2), count=3000)
    before = sound(contract, 3000)
    extra = Counter(map(repr, found)) - Counter(map(repr, before))

    assert set(extra) <= set(map(repr, before))
    assert 0.17 < extra.total() / 3000 < 0.23
    at_once = sum(one == other for one, other in pairwise(found))
    assert 0.4 < at_once / extra.total() < 0.6


@EACH
def test_a_late_record_differs_in_its_time_alone(contract: Contract) -> None:
    before = sound(contract)
    after = faulty(contract, Faults(late=0.2, late_by_hours=6))
    moved = [(one, other) for one, other in zip(before, after, strict=True) if one != other]

    assert 0.15 < len(moved) / COUNT < 0.25
    by = [happened(contract, one) - happened(contract, other) for one, other in moved]
    assert timedelta(0) < min(by) < timedelta(hours=1)
    assert timedelta(hours=5) < max(by) <= timedelta(hours=6)
    without_time = {contract.event_time_field: ""}
    assert all(json.loads(one.value) | without_time == json.loads(other.value) | without_time for one, other in moved)
    assert not any(reasons(contract, [other for _, other in moved]))


@EACH
def test_broken_records_decode_and_break_their_contract_in_every_way_that_it_has(contract: Contract) -> None:
    found = reasons(contract, faulty(contract, Faults(broken=1), count=1500))

    assert all(found)
    assert not DEAD & {reason for each in found for reason in each}
    assert {reason for each in found for reason in each} >= Breaker(contract).ways.keys()


@EACH
def test_undecodable_records_do_not_decode(contract: Contract) -> None:
    found = Counter(reason for each in reasons(contract, faulty(contract, Faults(undecodable=1))) for reason in each)

    assert found.keys() <= DEAD
    assert found.total() == COUNT
    assert min(found["not_json"], found["not_utf8"]) > COUNT / 5


@EACH
def test_a_record_with_an_unknown_field_has_one_more_and_is_sound(contract: Contract) -> None:
    pairs = list(zip(sound(contract), faulty(contract, Faults(unknown_fields=1)), strict=True))

    assert all(len(json.loads(after.value).keys() - json.loads(before.value).keys()) == 1 for before, after in pairs)
    assert all(json.loads(before.value).items() <= json.loads(after.value).items() for before, after in pairs)
    assert not any(reasons(contract, [after for _, after in pairs]))


@EACH
def test_records_say_what_befell_them(contract: Contract) -> None:
    """What `headwater produce` counts at its end, held against the records themselves."""
    found = faulty(contract, ALL, count=3000)
    told = {fault: sum(fault in record.faults for record in found) for fault in Faults.shares()}
    judged = reasons(contract, found)
    dead = sum(bool(DEAD & set(each)) for each in judged)

    assert told["duplicates"] == len(found) - 3000
    assert told["undecodable"] == dead
    assert told["broken"] == sum(bool(each) for each in judged) - dead
    assert 0.08 < told["late"] / len(found) < 0.12
    assert 0.07 < told["unknown_fields"] / len(found) < 0.11
    assert all(not record.faults for record in sound(contract))


@EACH
def test_each_fault_has_its_share_when_all_come_together(contract: Contract) -> None:
    found = reasons(contract, faulty(contract, ALL, count=3000))
    dead = sum(bool(DEAD & set(each)) for each in found) / len(found)
    broken = sum(bool(each) for each in found) / len(found) - dead

    assert 1.07 < len(found) / 3000 < 1.13
    assert 0.08 < dead < 0.12
    assert 0.08 < broken < 0.12


@EACH
def test_one_fault_more_befalls_others_too_and_leaves_the_first_where_it_was(contract: Contract) -> None:
    def dead(**more: float) -> set[int]:
        found = reasons(contract, faulty(contract, Faults(undecodable=0.1, **more)))
        return {place for place, each in enumerate(found) if DEAD & set(each)}

    assert dead() == dead(late=0.5) == dead(broken=0.3) == dead(unknown_fields=0.5)


def test_a_feed_that_nobody_foresaw_is_broken_by_its_own_contract() -> None:
    fields = (
        Field("station", "string", required=True, min_length=2, max_length=9),
        Field("wind", "double", minimum=Decimal(0), exclusive_maximum=Decimal("150.5")),
        Field("low", "int"),
        Field("high", "int"),
        Field("wet", "boolean"),
        Field("gauges", "array<struct<mm:decimal(9,2)>>", items=(Field("mm", "decimal(9,2)", minimum=Decimal(0)),), min_length=1),
    )
    rules = (Rule("low_is_not_high", "low <= high"), Rule("wet_when_it_rained", "wet OR forall(gauges, g -> g.mm = 0)"))
    contract = Contract(
        path=CONTRACTS["metrics"].path, version="1.0.0", system="weather", topic=TopicSettings("weather", 1, 1), fields=fields,
        sla=CONTRACTS["metrics"].sla, key_field="station", rules=rules,
    )  # fmt: skip
    one = {"station": "oslo", "wind": 3.5, "low": 4, "high": 9, "wet": True, "gauges": [{"mm": 0.5}, {"mm": 0}]}
    day = [Record("weather", b"oslo", json.dumps(one).encode())] * 600
    check = RecordCheck(contract)
    assert check.judge(day[0].value).reasons == ()

    found = [each.reasons for each in check.judge_all([record.value for record in with_faults(day, contract, Faults(broken=1), 1)])]

    assert all(found)
    assert {reason for each in found for reason in each} >= Breaker(contract).ways.keys()
    assert {"rule:low_is_not_high", "rule:wet_when_it_rained", "exclusive_maximum:wind", "minimum:gauges[].mm"} <= Breaker(
        contract
    ).ways.keys()


@given(share=st.floats() | st.integers(), name=st.sampled_from(Faults.shares()))
def test_what_is_no_share_is_refused_with_its_option_and_value(share: float, name: str) -> None:
    if 0 <= share <= 1:
        assert bool(Faults(**{name: share})) == (share > 0)
        return
    with pytest.raises(SettingsError, match=f"--{name.replace('_', '-')}") as raised:
        Faults(**{name: share})
    assert raised.value.value is share


@pytest.mark.parametrize("wrong", [{"broken": 0.6, "undecodable": 0.5}, {"late_by_hours": 0}, {"late_by_hours": float("nan")}])
def test_faults_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match="--"):
        Faults(**wrong)
