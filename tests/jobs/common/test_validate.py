"""Every bronze row lands on exactly one side, with all its reasons."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from include.contracts import Contract
from jobs.common.validate import judge, side_name, sides
from tests.jobs.bronze_rows import NOON, bronze_row, bronze_rows, in_bronze
from tests.jobs.commerce import LOGS, METRICS, NOON_TEXT, ORDERS, item, log, order, sample
from tests.jobs.rows import rows


def sides_of(spark: SparkSession, contract: Contract, values: list[Any]) -> list[str]:
    """The side of each value."""
    judged = judge(in_bronze(spark, bronze_rows(values)), contract)
    return [row[0] for row in judged.orderBy("_offset").select(side_name()).collect()]


def reasons_of(spark: SparkSession, contract: Contract, values: list[Any]) -> list[list[str]]:
    judged = judge(in_bronze(spark, bronze_rows(values)), contract)
    return [row[0] for row in judged.orderBy("_offset").select("_reasons").collect()]


def test_sound_rows_arrive_around_bad_ones(spark: SparkSession) -> None:
    values = [order(1), b"\xff", order(2), None, order(3, total=0), order(4, added={"by": "a newer source"}), b"[]", order(1)]
    assert sides_of(spark, ORDERS, values) == [
        "superseded",
        "dead_letters",
        "current",
        "dead_letters",
        "quarantine",
        "current",
        "dead_letters",
        "current",
    ]


def test_all_reasons_are_given_in_the_order_of_the_contract(spark: SparkSession) -> None:
    bad = order(order_id="7", customer_id=None, items=[item(quantity=0, subtotal=5), item(unit_price="1", subtotal=1)], total=-1)
    assert reasons_of(spark, ORDERS, [bad]) == [
        [
            "type:order_id",
            "required:customer_id",
            "rule:subtotal_matches",
            "rule:total_matches",
            "minimum:items[].quantity",
            "type:items[].unit_price",
        ]
    ]


def test_rule_that_misses_its_field_counts_as_broken(spark: SparkSession) -> None:
    without_total = {name: value for name, value in order().items() if name != "total"}
    assert reasons_of(spark, ORDERS, [without_total]) == [["required:total", "rule:total_matches"]]


@pytest.mark.parametrize("off", [0.01, -0.01])
def test_order_may_be_a_cent_off(spark: SparkSession, off: float) -> None:
    assert reasons_of(spark, ORDERS, [order(total=10 + off), order(total=10 + 1.01 * off)]) == [[], ["rule:total_matches"]]


def test_money_from_a_source_that_computes_in_floats_is_taken(spark: SparkSession) -> None:
    lines = [item(unit_price=0.1, quantity=3), item(unit_price=19.99, quantity=3)]
    assert lines[0]["subtotal"] != 0.3
    assert reasons_of(spark, ORDERS, [order(items=lines)]) == [[]]


def test_record_of_900_kb_is_judged_like_any_other(spark: SparkSession) -> None:
    many = [item(f"P{number}") for number in range(8000)]
    values = [order(1, items=many), order(2, items=[*many, item(quantity=0)]), log(message="m" * 900_000)]
    assert len(json.dumps(values[0])) > 700_000
    assert [reasons_of(spark, ORDERS, values[:2]), reasons_of(spark, LOGS, values[2:])] == [[[], ["minimum:items[].quantity"]], [[]]]


def test_record_filed_under_another_time_than_it_says_is_set_aside(spark: SparkSession) -> None:
    late = bronze_row(sample(timestamp=NOON_TEXT), event_time=NOON + timedelta(hours=1))
    near = bronze_row(sample(timestamp="2026-11-20T12:00:00.0000009Z"))
    judged = judge(in_bronze(spark, [late, near]), METRICS)
    assert rows(judged, "_reasons") == [([],), (["event_time:timestamp"],)]


def test_current_rows_have_the_fields_typed_and_bronze_coordinates(spark: SparkSession) -> None:
    stored = bronze_row(sample(cpu_pct=1), 5, partition=3, timestamp=NOON + timedelta(seconds=9), ingested_at=NOON + timedelta(seconds=10))
    current = sides(judge(in_bronze(spark, [stored]), METRICS), METRICS).current
    assert current.select("server", "cpu_pct", "_partition", "_offset").first() == ("web-1", 1.0, 3, 5)
    assert rows(current, "event_date", "_topic", "_key") == [(NOON.date(), "t", bytearray(b"k"))]
    assert set(current.columns) == {field.name for field in METRICS.fields} | {
        *("_key", "_value", "_headers", "_topic", "_topic_id", "_partition", "_offset", "_timestamp", "_timestamp_type"),
        *("event_time", "event_date", "ingested_at"),
    }


def test_rows_set_aside_are_bronze_rows_as_they_were(spark: SparkSession) -> None:
    records = bronze_rows([b"\xff", sample(cpu_pct=101)], headers=[{"key": "h", "value": b"\x00"}], key=None)
    frame = in_bronze(spark, records)
    aside = sides(judge(frame, METRICS), METRICS)
    dead_letters = aside.dead_letters.drop("reason", "first_seen")
    assert dead_letters.unionByName(aside.quarantine.drop("reasons", "contract_version", "first_seen")).collect() == frame.collect()
    assert rows(aside.quarantine, "reasons", "contract_version") == [(["maximum:cpu_pct"], METRICS.version)]
    assert rows(aside.dead_letters, "reason") == [("not_utf8",)]


MANGLED = st.one_of(
    st.none(),
    st.binary(max_size=20),
    st.fixed_dictionaries(
        {
            "order_id": st.integers(1, 5) | st.none() | st.text(max_size=2),
            "items": st.just([item()]) | st.lists(st.just(item()) | st.integers() | st.none(), max_size=2),
            "total": st.sampled_from([10, 10.004, "10", 1e400, 11]),
            "timestamp": st.just(NOON_TEXT) | st.datetimes(datetime(1, 1, 2), timezones=st.just(UTC)).map(datetime.isoformat),
        }
    ).map(lambda fields: order() | fields),
)


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(values=st.lists(MANGLED, min_size=80, max_size=80))
def test_each_row_is_on_exactly_one_side(spark: SparkSession, values: list[Any]) -> None:
    split = sides(judge(in_bronze(spark, bronze_rows(values)), ORDERS), ORDERS)
    found = split.current.select("_offset")
    for aside in (split.superseded, split.quarantine, split.dead_letters):
        found = found.union(aside.select("offset"))
    assert sorted(row[0] for row in found.collect()) == list(range(len(values)))


@pytest.mark.parametrize("compiled", ["true", "false"])
def test_compiled_and_interpreted_plans_agree(spark: SparkSession, compiled: str) -> None:
    """The other tests of the fast tier interpret their plans, as small days are built; large days compile theirs."""
    before = {name: spark.conf.get(name) for name in ("spark.sql.codegen.wholeStage", "spark.sql.codegen.factoryMode")}
    spark.conf.set("spark.sql.codegen.wholeStage", compiled)
    spark.conf.set("spark.sql.codegen.factoryMode", "CODEGEN_ONLY" if compiled == "true" else "NO_CODEGEN")
    try:
        bad = order(2) | {"customer_id": None, "items": [item(quantity=0), 1], "total": "x", "timestamp": "soon"}
        found = reasons_of(spark, ORDERS, [order(1, customer_id=7), bad, b"{", order(1)])
    finally:
        for name, value in before.items():
            spark.conf.set(name, value)
    why = ["required:customer_id", "type:timestamp", "type:total", "rule:subtotal_matches", "rule:total_matches"]
    assert found == [[], [*why, "minimum:items[].quantity", "type:items[]"], [], []]


def test_decimal_fields_have_the_type_of_the_contract(spark: SparkSession) -> None:
    current = sides(judge(in_bronze(spark, bronze_rows([order(total=10.00004)])), ORDERS), ORDERS).current
    assert rows(current, "total") == [(Decimal("10.0000"),)]
