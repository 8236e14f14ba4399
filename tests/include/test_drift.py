"""What differs from the contract, found in the shapes of records."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from include.contracts.model import Contract, Field
from include.contracts.proposal import Seen
from include.drift import DRIFT, SAMPLE_CHARACTERS, Drifted, First, Group, drifted, is_open, lines, sample, seen_of
from tests.jobs.bronze_rows import DAY, NOON
from tests.jobs.commerce import METRICS, ORDERS

FIRST = {1: First("topic-id", 0, 5, b'{"disk": 7}')}
SOUND = "OBJECT<cpu_pct: DECIMAL, memory_pct: BIGINT, server: STRING, timestamp: STRING>"


def group(shape: str, *wrong_types: str, rows: int = 1, seen: datetime = NOON, id: int = 1) -> Group:
    return Group(id, shape, wrong_types, rows, seen, seen)


def drift(field: str, type_seen: str, expected: str | None = None, rows: int = 1, first_groups: frozenset[int] = frozenset({1})) -> Drifted:
    return Drifted(field, type_seen, expected, rows, NOON, NOON, first_groups)


def found(contract: Contract, *groups: Group) -> list[tuple[str, str, str | None, int]]:
    return [(each.field, each.type_seen, each.expected_type, each.rows) for each in drifted(groups, contract)]


def test_record_as_the_contract_has_it_is_no_drift() -> None:
    assert found(METRICS, group(SOUND), group("OBJECT<server: VOID>")) == []


def test_unknown_fields_are_found_at_the_top_and_in_elements() -> None:
    shape = "OBJECT<coupon: STRING, items: ARRAY<OBJECT<colour: OBJECT<r: BIGINT>, product_id: STRING>>, order_id: BIGINT>"
    assert found(ORDERS, group(shape, rows=2)) == [("coupon", "string", None, 2), ("items[].colour", "OBJECT<r: BIGINT>", None, 2)]


def test_wrong_types_say_what_was_seen_and_what_is_expected() -> None:
    shape = "OBJECT<items: ARRAY<OBJECT<quantity: STRING>>, order_id: BIGINT, timestamp: STRING, total: BOOLEAN>"
    assert found(ORDERS, group(shape, "type:total", "type:timestamp", "type:items[].quantity")) == [
        ("items[].quantity", "string", "int", 1),
        ("timestamp", "string", "timestamp", 1),
        ("total", "boolean", "decimal(18,4)", 1),
    ]


def test_element_that_is_no_object_and_an_array_that_is_none_are_told_apart() -> None:
    assert found(ORDERS, group("OBJECT<items: ARRAY<BIGINT>>", "type:items[]")) == [("items[]", "bigint", "object", 1)]
    (of_array,) = found(ORDERS, group("OBJECT<items: STRING>", "type:items"))
    assert of_array[:2] == ("items", "string")


def test_records_of_several_shapes_are_counted_together_from_the_first_to_the_last() -> None:
    later, shapes = (
        NOON + timedelta(hours=1),
        ("OBJECT<disk: BIGINT>", "OBJECT<disk: BIGINT, server: STRING>", "OBJECT<a: VOID, disk: BIGINT>"),
    )
    groups = [group(shapes[0], rows=3, seen=later), group(shapes[1], rows=2, id=2), group(shapes[2], id=3)]
    assert drifted(groups, METRICS)[0] == Drifted("disk", "bigint", None, 6, NOON, later, frozenset({2, 3}))


def test_line_begins_with_the_first_record_of_its_groups() -> None:
    firsts = {2: First("topic-id", 1, 4, b'{"disk": 1}'), 3: First("topic-id", 0, 9, b'{"disk": 2}')}
    (line,) = lines([drift("disk", "bigint", first_groups=frozenset({2, 3}))], firsts, METRICS, DAY).to_pylist()
    assert (line["first_topic_id"], line["first_partition"], line["first_offset"], line["sample"]) == ("topic-id", 0, 9, "2")


@pytest.mark.parametrize(
    ("value", "field", "type_seen", "told"),
    [
        ({"disk": 7}, "disk", "bigint", "7"),
        ({"disk": "é\n"}, "disk", "string", '"é\\n"'),
        ({"items": [{"n": 1}, {"n": "two"}]}, "items[].n", "string", '"two"'),
        ({"items": [1, {"n": 1}]}, "items[]", "bigint", "1"),
        ({"items[]": [1]}, "items[]", "array<bigint>", "[1]"),
        ({"items": {"n": 1}}, "items[].n", "bigint", "1"),
        ({"disk": "x" * 500}, "disk", "string", f'"{"x" * (SAMPLE_CHARACTERS - 2)}…'),
    ],
)
def test_sample_is_one_value_of_that_type_and_never_long(value: Any, field: str, type_seen: str, told: str) -> None:
    assert sample(json.dumps(value).encode(), field, type_seen) == told


@pytest.mark.parametrize("value", [b'{"disk": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", b'{"disk": ' + b"9" * 5000 + b"}", b"{}", None])
def test_field_that_python_does_not_read_has_no_sample(value: bytes | None) -> None:
    assert sample(value, "disk", "mixed") is None


def test_days_of_a_field_are_one_thing_to_whoever_reads_them() -> None:
    found = [drift("disk", "bigint", rows=5), drift("disk", "decimal", rows=1)]
    (seen,) = seen_of(lines(found, FIRST, METRICS, DAY))
    assert (seen.field, seen.expected, seen.types, seen.rows, seen.sample) == ("disk", None, ("bigint", "decimal"), 6, "7")


def test_drift_that_the_contract_has_taken_in_is_not_open_any_more() -> None:
    unknown, changed = (
        seen_of(lines([drift(field, "bigint", expected)], {1: First("topic-id", 0, 5)}, METRICS, DAY))[0]
        for field, expected in (("disk", None), ("server", "string"))
    )
    later = replace(METRICS, fields=(Field("disk", "bigint"), Field("server", "bigint")))
    assert [is_open(seen, METRICS) for seen in (unknown, changed)] == [True, True]
    assert [is_open(seen, later) for seen in (unknown, changed)] == [False, False]


def test_name_that_looks_like_a_path_is_open_while_the_contract_does_not_name_it() -> None:
    opened = {
        name: is_open(Seen(name, None, ("bigint",), 1, NOON, "7"), ORDERS)
        for name in ("total[]", "total[].x", "gone[].x", "items[].quantity")
    }
    assert opened == {"total[]": True, "total[].x": True, "gone[].x": True, "items[].quantity": False}


def test_lines_have_the_table_s_columns() -> None:
    assert lines([], {}, METRICS, DAY).schema.equals(DRIFT.schema)
