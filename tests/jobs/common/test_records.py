"""What programs without Spark say of a record is what the batch says."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from include.contracts.conditions import Conditions
from include.contracts.model import Rule
from include.errors import ContractError
from jobs.common.records import RecordReader
from jobs.produce.feeds import records
from tests.judged import CONTRACTS, judged


@pytest.mark.parametrize("feed", CONTRACTS)
def test_both_give_the_same_reasons_and_values(spark: SparkSession, feed: str) -> None:
    contract = CONTRACTS[feed]
    by_spark = [judged(spark, feed)[kind] for kind in ("examples", "whole", "mutated")]
    values = [value for each in by_spark for value in each.values]
    why = [reasons for each in by_spark for reasons in each.reasons]
    expected = pa.concat_tables([each.rows for each in by_spark])
    read = RecordReader(contract).judge(values)
    given = [read.reasons.get(place, []) for place in range(len(values))]
    differing = [(values[place][:300], *both) for place, both in enumerate(zip(given, why, strict=True)) if told(both[0]) != told(both[1])]
    assert differing == []
    kept = expected.drop_columns(["_dead_letter", "_reasons", "side"]).take(read.places).cast(read.rows.schema)
    assert read.rows.to_pylist() == kept.to_pylist()


def told(reasons: list[str]) -> list[str]:
    """The reasons, but for two in which the readers may differ: the stream's own reading gives event_time, so that it can be no
    other one, and which reader takes text that is no JSON is for Spark to know."""
    plain = ["not_json" if reason == "irregular_json" else reason for reason in reasons]
    return [reason for reason in plain if not reason.startswith("event_time:")]


EXPRESSIONS = [
    "forall(items, line -> line.quantity > 0)",
    "forall(items, line -> line.quantity > 1)",
    "exists(items, line -> line.quantity > 1)",
    "aggregate(items, 0, (sum, line) -> sum + line.quantity) > 2",
    "size(items) = 1",
    "status in ('paid', 'cancelled')",
    "status <=> 'paid'",
    "char_length(status) > 4 and total between 1 and 1000",
    "status rlike '^p'",
    "coalesce(total, 0) > 10",
    "case when status = 'paid' then total > 0 else true end",
    "lower(status) like 'pa%'",
    "abs(total - 10) <= 5.5",
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expression_means_the_same_to_both(spark: SparkSession, expression: str) -> None:
    contract = CONTRACTS["commandes_json"]
    rows = RecordReader(contract).judge([record.value for record in islice(records(contract, seed=5, count=50), 50)]).rows
    expected = spark.createDataFrame(rows).select(F.expr(expression)).toArrow().columns[0].to_pylist()
    assert Conditions("here", rows.schema, {"it": expression}).of(rows)["it"].to_pylist() == expected


def test_rule_that_only_spark_can_run_is_refused_with_its_place() -> None:
    odd = replace(CONTRACTS["commandes_json"], rules=(Rule("odd", "xxhash64(status) > 0"),))
    with pytest.raises(ContractError, match=r"expression odd.*commandes_json.odcs.yaml.*xxhash64"):
        RecordReader(odd).judge([b"{}"])
