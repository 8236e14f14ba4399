"""A record is judged without Spark as the batch judges it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from include.contracts import Contract, Field, Rule, load_contracts
from include.contracts.model import TopicSettings
from include.contracts.verdict import RecordCheck
from include.errors import ContractError
from tests.contracts.test_examples import EXAMPLES
from tests.jobs.common.test_contract_rules import extremes
from tests.verdicts import reasons_against

CONTRACTS = load_contracts().feeds
CHECKS = {feed: RecordCheck(contract) for feed, contract in CONTRACTS.items()}
EACH = pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS.keys())
LITERALS = st.sampled_from(
    [
        *("12", "12.0", "12e0", "12.5", "-0", "1e400", "-1e309", "1e18", "9223372036854775808", "2147483648", "-2147483649", "0.1"),
        *("1E-400", "123456789012345678901234567890123456789", "99999999999999.99995", "99999999999999.99994", "9007199254740993.5"),
        *("true", "null", '"12"', '""', '"x"', "[]", "{}", "[{}]", "[null, 3]"),
        *('"2026-11-20T10:00:00+18:01"', '"2026-11-20 10:00"', '"0001-01-01T00:00+01"'),
    ]
)


def judged(contract: Contract, value: bytes | None) -> list[str]:
    return list(CHECKS[contract.feed].judge(value).reasons)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.file.name)
def test_every_example_is_judged_as_its_name_says(example: Any) -> None:
    found = [reason.replace(":", "-", 1).replace("[]", "") for reason in judged(CONTRACTS[example.feed], example.file.read_bytes())]
    implied = [] if example.reason.startswith("rule-") else [reason for reason in found if reason.startswith("rule-")]
    assert [reason for reason in found if reason not in implied] == ([] if example.passes else [example.reason])


@EACH
def test_the_largest_and_the_emptiest_values_are_judged_as_by_the_batch(contract: Contract, spark: SparkSession) -> None:
    choices = {field.name: [*extremes(field), None] for field in contract.fields}
    same_place = [{name: values[place] for name, values in choices.items()} for place in range(4)]
    one_apart = [{**base, name: value} for base in same_place for name, values in choices.items() for value in values]
    values = [json.dumps(record).encode() for record in [*same_place, *one_apart, {}]]
    assert [judged(contract, value) for value in values] == reasons_against(spark, contract, values)


# Each try is a Spark job: few, and none to make a failing one smaller.
@settings(max_examples=2, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
@EACH
def test_any_value_in_any_field_is_judged_as_by_the_batch(contract: Contract, spark: SparkSession, data: st.DataObject) -> None:
    full = next(example.file for example in EXAMPLES if example.feed == contract.feed and example.reason == "full")
    good = {name: json.dumps(value) for name, value in json.loads(full.read_text()).items()}
    changes = st.dictionaries(st.sampled_from(sorted(good)), LITERALS, min_size=1, max_size=3)
    records = data.draw(st.lists(changes, min_size=60, max_size=60))
    values = [("{" + ",".join(f'"{name}":{text}' for name, text in {**good, **each}.items()) + "}").encode() for each in records]
    assert [judged(contract, value) for value in values] == reasons_against(spark, contract, values)


UNREADABLE = [
    None, b"", b"\xff", b'\xef\xbb\xbf{"a":1}', b"{", b"{} {}", b"[]", b"null", b"7", b'"text"', b'{"a":NaN}', b'{"a":1,"a":2}',
    b'{"b":{"a":1,"a":2}}', b'{"a":"\\ud800"}', b"[" * 5000, b'{"a":' + b"1" * 1001 + b"}", b"{}\n", b" {}",
]  # fmt: skip


def test_what_does_not_decode_is_a_dead_letter_to_both(spark: SparkSession) -> None:
    contract = CONTRACTS["planet_discoveries"]
    assert [judged(contract, value) for value in UNREADABLE] == reasons_against(spark, contract, UNREADABLE)


def test_a_rule_that_only_spark_can_compute_is_an_error_that_names_it() -> None:
    pattern = CONTRACTS["metrics"]
    contract = Contract(
        path=pattern.path, version="1.0.0", system="s", topic=TopicSettings("t", 1, 1), fields=(Field("a", "string"),), sla=pattern.sla,
        key_field="a", rules=(Rule("odd", "luhn_check(a)"),),
    )  # fmt: skip
    with pytest.raises(ContractError, match="cannot run the expression odd") as raised:
        RecordCheck(contract).judge(b'{"a":"1"}')
    assert str(pattern.path) in str(raised.value)
