"""No record stops a day: the rules of every contract give an answer for the largest and the emptiest values too."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from pyspark.sql import SparkSession

from include.contracts import Contract, load_contracts
from include.contracts.model import Field
from jobs.common.validate import judge, side_name
from tests.jobs.bronze_rows import bronze_rows, in_bronze

CONTRACTS = list(load_contracts().feeds.values())
EXTREMES: dict[str, list[Any]] = {
    "int": [2**31 - 1, -(2**31), 0],
    "bigint": [2**63 - 1, -(2**63), 0],
    "double": [1.7e308, -1.7e308, 0.0],
    "string": ["x" * 10_000, "", "\x00"],
    "boolean": [True, False, None],
    "timestamp": ["9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z", "2026-11-20T12:00:00Z"],
}


def extremes(field: Field) -> list[Any]:
    if field.items:
        members = {member.name: extremes(member) for member in field.items}
        largest = [{name: values[place] for name, values in members.items()} for place in range(3)]
        return [largest * 50, [], [None, {}, *largest]]
    if field.spark_type.startswith("decimal"):
        digits, scale = map(int, field.spark_type[8:-1].split(","))
        largest = (10**digits - 1) / 10**scale if digits < 16 else 10 ** (digits - scale) - 1
        return [largest, -largest, 0]
    return EXTREMES[field.spark_type]


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.feed)
def test_extreme_values_are_judged_and_not_raised(spark: SparkSession, contract: Contract) -> None:
    choices = {field.name: [*extremes(field), None] for field in contract.fields}
    same_place = [{name: values[place] for name, values in choices.items()} for place in range(4)]
    one_apart = [{**base, name: value} for base in same_place for name, values in choices.items() for value in values]
    values = [json.dumps(record).encode() for record in itertools.chain(same_place, one_apart, [{}])]
    judged = judge(in_bronze(spark, bronze_rows(values)), contract)
    assert sum(row["count"] for row in judged.groupBy(side_name()).count().collect()) == len(values)
