"""Shapes of JSON as Spark writes them."""

from __future__ import annotations

import pytest

from include.json_shapes import members


@pytest.mark.parametrize(
    ("shape", "names"),
    [
        ("OBJECT<>", {}),
        ("BIGINT", {}),
        (
            "OBJECT<a: BIGINT, b: ARRAY<OBJECT<c: STRING, d: OBJECT<>>>, e: VOID>",
            {"a": "BIGINT", "b": "ARRAY<OBJECT<c: STRING, d: OBJECT<>>>", "e": "VOID"},
        ),
        ("OBJECT<`a, b: <c>`: BIGINT, `d``e`: STRING>", {"a, b: <c>": "BIGINT", "d`e": "STRING"}),
        ("OBJECT<a: BIGINT, b: OBJECT<c: STR", {"a": "BIGINT"}),
    ],
)
def test_shape_is_read_by_its_fields(shape: str, names: dict[str, str]) -> None:
    assert members(shape) == names
