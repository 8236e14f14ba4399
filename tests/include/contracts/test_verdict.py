"""A record is judged without Spark as the batch judges it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from pyspark.sql import SparkSession

from include.contracts import Contract, Field, Rule
from include.contracts.model import TopicSettings
from include.contracts.verdict import RecordCheck
from include.errors import ContractError
from tests.examples import EXAMPLES
from tests.judged import CONTRACTS, judged
from tests.verdicts import reasons_against

CHECKS = {feed: RecordCheck(contract) for feed, contract in CONTRACTS.items()}


def reasons(feed: str, values: Sequence[bytes | None]) -> list[list[str]]:
    return [list(verdict.reasons) for verdict in CHECKS[feed].judge_all(values)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.file.name)
def test_every_example_is_judged_as_its_name_says(example: Any) -> None:
    found = [reason.replace(":", "-", 1).replace("[]", "") for reason in CHECKS[example.feed].judge(example.file.read_bytes()).reasons]
    implied = [] if example.reason.startswith("rule-") else [reason for reason in found if reason.startswith("rule-")]
    assert [reason for reason in found if reason not in implied] == ([] if example.passes else [example.reason])


@pytest.mark.parametrize("kind", ["extreme", "with literals", "of the contract alone"])
@pytest.mark.parametrize("feed", CONTRACTS)
def test_any_value_in_any_field_is_judged_as_by_the_batch(feed: str, kind: str, spark: SparkSession) -> None:
    by_the_batch = judged(spark, feed)[kind]
    found = zip(by_the_batch.values, reasons(feed, by_the_batch.values), by_the_batch.reasons, strict=True)
    assert [(value[:300], *both) for value, *both in found if both[0] != both[1]] == []


UNREADABLE = [
    None, b"", b"\xff", b'\xef\xbb\xbf{"a":1}', b"{", b"{} {}", b"[]", b"null", b"7", b'"text"', b'{"a":NaN}', b'{"a":1,"a":2}',
    b'{"b":{"a":1,"a":2}}', b'{"a":"\\ud800"}', b"[" * 5000, b'{"a":' + b"1" * 1001 + b"}", b"{}\n", b" {}",
]  # fmt: skip


def test_what_does_not_decode_is_a_dead_letter_to_both(spark: SparkSession) -> None:
    feed = "planet_discoveries"
    assert reasons(feed, UNREADABLE) == reasons_against(spark, CONTRACTS[feed], UNREADABLE)


def test_a_rule_that_only_spark_can_compute_is_an_error_that_names_it() -> None:
    pattern = CONTRACTS["metrics"]
    contract = Contract(
        path=pattern.path, version="1.0.0", system="s", topic=TopicSettings("t", 1, 1), fields=(Field("a", "string"),), sla=pattern.sla,
        key_field="a", rules=(Rule("odd", "luhn_check(a)"),),
    )  # fmt: skip
    with pytest.raises(ContractError, match="cannot run the expression odd") as raised:
        RecordCheck(contract).judge(b'{"a":"1"}')
    assert str(pattern.path) in str(raised.value)
