"""JSON values as the contract's types, and the rules of a single field."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from include.contracts.model import Field
from jobs.common.fields import element_reasons, reasons, typed

LINES = "array<struct<n:int,t:string>>"
MEMBERS = (Field("n", "int", required=True, minimum=Decimal(1)), Field("t", "string"))


def lines(**rules: Any) -> Field:
    return Field("f", LINES, items=MEMBERS, **rules)


Verdict = tuple[Any, list[str]]
Judge = Callable[[Field, str | None], Verdict]


def judge_all(spark: SparkSession, cases: Iterable[tuple[Field, str | None]]) -> Judge:
    """Typed value (a timestamp as its microseconds) and sorted reasons of a field whose JSON is the text, None for a missing
    field. All fields are held against all texts in one Spark job."""
    listed = list(cases)
    fields, texts = list(dict.fromkeys(field for field, _ in listed)), list(dict.fromkeys(text for _, text in listed))
    documents = ["{}" if text is None else f'{{"f":{text}}}' for text in texts]
    rows = spark.createDataFrame(list(enumerate(documents)), "place int, document string")
    raw = rows.withColumn("raw", F.variant_get(F.parse_json("document"), "$.f", "variant"))
    read = raw.select("*", *[typed(field, F.col("raw")).alias(f"f{place}") for place, field in enumerate(fields)])
    columns: list[Column] = []
    for place, field in enumerate(fields):
        value = F.col(f"f{place}")
        nested = [element_reasons(field, F.col("raw"), value)] if field.items else []
        why = F.concat(F.array_compact(F.array(*reasons(field, F.col("raw"), value))), *nested)
        shown = F.unix_micros(value) if field.spark_type == "timestamp" else value
        columns += [F.to_json(F.struct(shown.alias("f"))), F.array_sort(why)]
    found: dict[tuple[Field, str | None], Verdict] = {}
    for place, *cells in read.select("place", *columns).collect():
        for field, shown, why in zip(fields, cells[::2], cells[1::2], strict=True):
            found[field, texts[place]] = (json.loads(shown, parse_float=Decimal).get("f"), why)
    return lambda field, text: found[field, text]


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


KINDS = ("string", "int", "bigint", "double", "decimal(18,4)", "boolean", "timestamp")
ID = Field("f", "string", accepts_integer=True)
IDS = [('"C-1"', "C-1"), ("7", "7"), ("-7", "-7"), ("12345678901234567890", "12345678901234567890")]
NO_IDS = ["7.5", "true", "1e3", "[7]"]
ABSENT = [None, "null"]
OFFSET_TIME = '"2026-11-20T10:00:00+02:00"'


def required(kind: str) -> Field:
    return Field("f", kind, required=True)


def optional(kind: str) -> Field:
    return Field("f", kind, minimum=None if kind in ("string", "boolean", "timestamp") else Decimal(1))


@pytest.fixture(scope="module")
def verdict(spark: SparkSession) -> Judge:
    texts = [*[text for _, text, _ in GOOD], *[text for _, text in WRONG], *[text for text, _ in IDS], *NO_IDS, *ABSENT, OFFSET_TIME]
    fields = [*map(required, KINDS), *map(optional, KINDS), ID]
    return judge_all(spark, itertools.product(fields, texts))


@pytest.mark.parametrize(("kind", "text", "value"), GOOD)
def test_value_of_the_right_type_is_taken(verdict: Judge, kind: str, text: str, value: Any) -> None:
    assert verdict(required(kind), text) == (value, [])


@pytest.mark.parametrize(("kind", "text"), WRONG)
def test_value_of_the_wrong_type_is_said_so(verdict: Judge, kind: str, text: str) -> None:
    assert verdict(required(kind), text) == (None, ["type:f"])


@pytest.mark.parametrize(("text", "value"), IDS)
def test_identifier_may_be_an_integer_where_the_contract_says_so(verdict: Judge, text: str, value: str) -> None:
    assert verdict(ID, text) == (value, [])


@pytest.mark.parametrize("text", NO_IDS)
def test_identifier_is_nothing_else(verdict: Judge, text: str) -> None:
    assert verdict(ID, text) == (None, ["type:f"])


def test_time_is_read_in_utc(verdict: Judge) -> None:
    micros = int(datetime(2026, 11, 20, 8, tzinfo=UTC).timestamp() * 1_000_000)
    assert verdict(required("timestamp"), OFFSET_TIME) == (micros, [])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ABSENT, ids=["missing", "null"])
def test_null_is_the_same_as_missing(verdict: Judge, kind: str, text: str | None) -> None:
    assert verdict(required(kind), text) == (None, ["required:f"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ABSENT, ids=["missing", "null"])
def test_optional_field_may_be_left_out(verdict: Judge, kind: str, text: str | None) -> None:
    assert verdict(optional(kind), text) == (None, [])


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


@pytest.fixture(scope="module")
def bounded(spark: SparkSession) -> Judge:
    return judge_all(spark, [(field, text) for field, inside, outside, _ in BOUNDS for text in (inside, outside)])


@pytest.mark.parametrize(("field", "inside", "outside", "reason"), BOUNDS)
def test_bound_is_kept_and_broken(bounded: Judge, field: Field, inside: str, outside: str, reason: str) -> None:
    assert (bounded(field, inside)[1], bounded(field, outside)[1]) == ([], [reason])


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


@pytest.fixture(scope="module")
def of_elements(spark: SparkSession) -> Judge:
    return judge_all(spark, [(lines(required=True), text) for text, _, _ in ELEMENTS])


@pytest.mark.parametrize(("text", "value", "why"), ELEMENTS)
def test_each_element_is_held_against_the_contract(of_elements: Judge, text: str, value: Any, why: list[str]) -> None:
    assert of_elements(lines(required=True), text) == (value, sorted(why))
