"""Records made of a contract alone: whatever its types and bounds, they keep it, and the same seed gives the same ones."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from include.contracts import Contract, Field, Rule, load_contracts
from include.contracts.verdict import RecordCheck
from jobs.produce.feeds import SOURCES, records
from tests.include.contracts.sound import SOUND, load
from tests.judged import judged
from tests.judged import of_the_contract_alone as values

CONTRACTS = load_contracts()
SEVERAL_FIELDS = [contract.feed for contract in CONTRACTS.feeds.values() if contract.rules]


def reasons(contract: Contract) -> list[list[str]]:
    """Those against records of the contract, without Spark: that both say the same is what test_verdict.py says."""
    return [list(verdict.reasons) for verdict in RecordCheck(contract).judge_all(values(contract, count=300))]


def of_one_number(spark_type: str, **bounds: object) -> Contract:
    sensor, at = Field("sensor", "string", required=True, max_length=3), Field("at", "timestamp", required=True)
    number = Field("number", spark_type, required=True, **bounds)  # type: ignore[arg-type]
    return replace(CONTRACTS["metrics"], fields=(sensor, at, number), key_field="sensor", event_time_field="at", identity=("sensor", "at"))


@pytest.mark.parametrize("feed", CONTRACTS.feeds)
def test_records_of_any_contract_break_no_rule_but_those_over_several_fields(feed: str, spark: SparkSession) -> None:
    found = judged(spark, feed)["of the contract alone"].reasons
    assert {reason for each in found for reason in each if not reason.startswith("rule:")} == set()
    assert feed in SEVERAL_FIELDS or found == [[]] * 150


@pytest.mark.parametrize(
    "contract",
    [
        of_one_number("double", exclusive_minimum=Decimal(0), exclusive_maximum=Decimal("0.001")),
        of_one_number("double", minimum=Decimal("-273.15")),
        of_one_number("double", maximum=Decimal(-5)),
        of_one_number("double"),
        of_one_number("int", minimum=Decimal(0), maximum=Decimal(1)),
        of_one_number("int", exclusive_minimum=Decimal(0), exclusive_maximum=Decimal(2)),
        of_one_number("bigint", minimum=Decimal(10**15), maximum=Decimal(10**18)),
        of_one_number("decimal(5,2)", minimum=Decimal("1.01"), maximum=Decimal("1.03")),
        of_one_number("decimal(18,0)", minimum=Decimal(7), maximum=Decimal(7)),
        of_one_number("boolean"),
    ],
    ids=lambda contract: f"{contract.fields[2].spark_type} {contract.fields[2].minimum} {contract.fields[2].maximum}",
)
def test_numbers_keep_their_bounds_however_narrow(contract: Contract) -> None:
    assert reasons(contract) == [[]] * 300


def test_lengths_and_elements_are_kept(tmp_path: Path) -> None:
    contract = replace(load(tmp_path, SOUND)["card_sales"], rules=())
    assert reasons(contract) == [[]] * 300


def test_a_rule_over_several_fields_is_kept_where_chance_meets_it() -> None:
    metrics = replace(CONTRACTS["metrics"], rules=(Rule("calm", "cpu_pct <= memory_pct"), Rule("apart", "cpu_pct <> memory_pct")))
    assert reasons(metrics) == [[]] * 300


def test_the_same_seed_gives_the_same_records_and_another_gives_others() -> None:
    contract = CONTRACTS["incidents"]
    assert values(contract) == values(contract)
    assert not set(values(contract, seed=1)) & set(values(contract, seed=2))


def test_what_has_an_identity_without_a_time_happens_once_and_what_has_a_time_is_seen_again() -> None:
    incidents = [json.loads(value)["incident_id"] for value in values(CONTRACTS["incidents"], count=300)]
    sensors = [json.loads(value)["sensor_id"] for value in values(CONTRACTS["traffic_sensors"], count=300)]
    assert (len(set(incidents)), len(set(sensors))) == (300, 12)


def test_a_feed_that_nobody_wrote_a_generator_for_has_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(SOURCES, "metrics")
    (first, *_) = islice(records(CONTRACTS["metrics"], seed=1, count=None), 3)
    assert json.loads(first.value or b"").keys() == {"server", "timestamp", "cpu_pct", "memory_pct"}
    assert (first.key or b"").startswith(b"server-")
