"""JSON values as the contract's types, and the rules of a single field."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from include.contracts.model import Field
from jobs.common.fields import element_reasons, reasons, typed

LINES = "array<struct<n:int,t:string>>"
MEMBERS = (Field("n", "int", required=True, minimum=Decimal(1)), Field("t", "string"))


def lines(**rules: Any) -> Field:
    return Field("f", LINES, items=MEMBERS, **rules)


def judged(spark: SparkSession, field: Field, text: str | None) -> tuple[Any, list[str]]:
    """The typed value of the field whose JSON is the text (None: the field is missing), and its reasons."""
    document = "{}" if text is None else f'{{"f":{text}}}'
    raw = F.variant_get(F.parse_json("document"), "$.f", "variant")
    row = spark.createDataFrame([(document,)], "document string").withColumn("raw", raw).withColumn("f", typed(field, F.col("raw")))
    nested = [element_reasons(field, F.col("raw"), F.col("f"))] if field.items else []
    found = F.concat(F.array_compact(F.array(*reasons(field, F.col("raw"), F.col("f")))), *nested)
    value = F.when(F.lit(field.spark_type == "timestamp"), F.unix_micros(F.col("f").try_cast("timestamp")).cast("string")).otherwise(
        F.to_json(F.struct("f"))
    )
    read, why = row.select(value, found).first()
    return (int(read) if read else None) if field.spark_type == "timestamp" else json.loads(read, parse_float=Decimal).get("f"), why


GOOD = [
    ("string", '"x"', "x"),
    ("string", '""', ""),
    ("string", '"12"', "12"),
    ("int", "12", 12),
    ("int", "-2147483648", -2147483648),
    ("int", "12.0", 12),
    ("int", "1.2e1", 12),
    ("int", "-0", 0),
    ("bigint", "9223372036854775807", 9223372036854775807),
    ("bigint", "9007199254740993", 9007199254740993),
    ("double", "1.5", Decimal("1.5")),
    ("double", "3", Decimal("3.0")),
    ("double", "1e308", Decimal("1.0E308")),
    ("double", "1e-400", Decimal("0.0")),
    ("decimal(18,4)", "12.3456", Decimal("12.3456")),
    ("decimal(18,4)", "12", Decimal("12.0000")),
    ("decimal(18,4)", "59.970000000000006", Decimal("59.9700")),
    ("decimal(18,4)", "0.00005", Decimal("0.0001")),
    ("decimal(18,4)", "-0.00005", Decimal("-0.0001")),
    ("decimal(18,4)", "1e2", Decimal("100.0000")),
    ("decimal(18,4)", "99999999999999.9999", Decimal("99999999999999.9999")),
    ("boolean", "true", True),
    ("boolean", "false", False),
]
WRONG = [
    *[("string", text) for text in ("12", "1.5", "true", "[]", "{}", '["x"]')],
    *[("int", text) for text in ('"12"', '""', "12.5", "true", "[1]", "{}", "2147483648", "-2147483649", "1e10", "1e400")],
    *[("bigint", text) for text in ("9223372036854775808", "1e19", "0.1", '"1"')],
    *[("double", text) for text in ('"1.5"', '"NaN"', '"Infinity"', "1e400", "-1e400", "true", "[1.5]")],
    *[("decimal(18,4)", text) for text in ('"12.50"', "100000000000000", "99999999999999.99995", "1e400", "false", "{}")],
    *[("boolean", text) for text in ('"true"', "1", "0", "[]")],
    *[("timestamp", text) for text in ("1790000000", '"1790000000"', '"2026-11-20"', '"soon"', '""', "true", "{}")],
]


@pytest.mark.parametrize(("kind", "text", "value"), GOOD)
def test_value_of_the_right_type_is_taken(spark: SparkSession, kind: str, text: str, value: Any) -> None:
    assert judged(spark, Field("f", kind, required=True), text) == (value, [])


@pytest.mark.parametrize(("kind", "text"), WRONG)
def test_value_of_the_wrong_type_is_said_so(spark: SparkSession, kind: str, text: str) -> None:
    assert judged(spark, Field("f", kind, required=True), text) == (None, ["type:f"])


@pytest.mark.parametrize(("text", "value"), [('"C-1"', "C-1"), ("7", "7"), ("-7", "-7"), ("12345678901234567890", "12345678901234567890")])
def test_identifier_may_be_an_integer_where_the_contract_says_so(spark: SparkSession, text: str, value: str) -> None:
    assert judged(spark, Field("f", "string", accepts_integer=True), text) == (value, [])


@pytest.mark.parametrize("text", ["7.5", "true", "1e3", "[7]"])
def test_identifier_is_nothing_else(spark: SparkSession, text: str) -> None:
    assert judged(spark, Field("f", "string", accepts_integer=True), text) == (None, ["type:f"])


def test_time_is_read_in_utc(spark: SparkSession) -> None:
    micros = int(datetime(2026, 11, 20, 8, tzinfo=UTC).timestamp() * 1_000_000)
    assert judged(spark, Field("f", "timestamp", required=True), '"2026-11-20T10:00:00+02:00"') == (micros, [])


@pytest.mark.parametrize("kind", ["string", "int", "double", "decimal(18,4)", "boolean", "timestamp"])
@pytest.mark.parametrize("text", [None, "null"], ids=["missing", "null"])
def test_null_is_the_same_as_missing(spark: SparkSession, kind: str, text: str | None) -> None:
    assert judged(spark, Field("f", kind, required=True), text) == (None, ["required:f"])


@pytest.mark.parametrize("text", [None, "null"], ids=["missing", "null"])
def test_optional_field_may_be_left_out(spark: SparkSession, text: str | None) -> None:
    assert judged(spark, Field("f", "int", minimum=Decimal(1), min_length=1), text) == (None, [])


BOUNDS = [
    (Field("f", "int", minimum=Decimal(1)), "1", "0", "minimum:f"),
    (Field("f", "int", maximum=Decimal(5)), "5", "6", "maximum:f"),
    (Field("f", "double", minimum=Decimal("-273.15")), "-273.15", "-273.16", "minimum:f"),
    (Field("f", "double", exclusive_minimum=Decimal(0)), "1e-300", "0", "exclusive_minimum:f"),
    (Field("f", "double", exclusive_maximum=Decimal(100)), "99.999", "100.0", "exclusive_maximum:f"),
    (Field("f", "decimal(18,4)", minimum=Decimal(0)), "0", "-0.0001", "minimum:f"),
    (Field("f", "decimal(18,4)", exclusive_minimum=Decimal(0)), "0.0001", "0.00001", "exclusive_minimum:f"),
    (Field("f", "bigint", maximum=Decimal("9223372036854775806")), "9223372036854775806", "9223372036854775807", "maximum:f"),
    (Field("f", "string", min_length=1), '"é"', '""', "min_length:f"),
    (Field("f", "string", max_length=2), '"é😀"', '"abc"', "max_length:f"),
    (Field("f", "string", valid_values=("ERROR", "INFO")), '"INFO"', '"info"', "valid_values:f"),
    (lines(min_length=1), '[{"n":1}]', "[]", "min_length:f"),
    (lines(max_length=1), '[{"n":1}]', '[{"n":1},{"n":1}]', "max_length:f"),
]


@pytest.mark.parametrize(("field", "inside", "outside", "reason"), BOUNDS)
def test_bound_is_kept_and_broken(spark: SparkSession, field: Field, inside: str, outside: str, reason: str) -> None:
    assert (judged(spark, field, inside)[1], judged(spark, field, outside)[1]) == ([], [reason])


ELEMENTS = [
    ("[]", [], []),
    ('[{"n":1,"t":"x","unknown":{}}]', [{"n": 1, "t": "x"}], []),
    ('[{"n":2},{"n":3.0,"t":null}]', [{"n": 2}, {"n": 3}], []),
    ('[{"n":1},{"t":"x"}]', [{"n": 1}, {"t": "x"}], ["required:f[].n"]),
    ('[{"n":null}]', [{}], ["required:f[].n"]),
    ('[{"n":"1"}]', [{}], ["type:f[].n"]),
    ('[{"N":1}]', [{}], ["required:f[].n"]),
    ('[{"n":0},{"n":-1}]', [{"n": 0}, {"n": -1}], ["minimum:f[].n"]),
    ('[{"n":0,"t":5},{}]', [{"n": 0}, {}], ["minimum:f[].n", "type:f[].t", "required:f[].n"]),
    ('[1,null,"x",[],{"n":1}]', [None, None, None, None, {"n": 1}], ["type:f[]"]),
    ('[[{"n":1}]]', [None], ["type:f[]"]),
    ("{}", None, ["type:f"]),
    ('"[]"', None, ["type:f"]),
    ("5", None, ["type:f"]),
]


@pytest.mark.parametrize(("text", "value", "why"), ELEMENTS)
def test_each_element_is_held_against_the_contract(spark: SparkSession, text: str, value: Any, why: list[str]) -> None:
    read, found = judged(spark, lines(required=True), text)
    assert (read, sorted(found)) == (value, sorted(why))
