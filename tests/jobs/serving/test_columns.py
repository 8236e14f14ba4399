"""Nested values as JSON, and types that PostgreSQL has nothing for."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from jobs.serving.columns import as_json


@pytest.mark.parametrize(
    ("value", "json"),
    [
        ({"b": [1, None, True], "a": 'é"\n'}, '{"b": [1, null, true], "a": "é\\"\\n"}'),
        ([Decimal("12345678901234567890.120"), Decimal("1E+3")], "[12345678901234567890.120, 1000]"),
        ([0.1, float("nan"), float("inf"), float("-inf")], '[0.1, "NaN", "Infinity", "-Infinity"]'),
        ([datetime(2026, 1, 2, 3, 4, 5, 6, UTC), date(2026, 1, 2)], '["2026-01-02T03:04:05.000006+00:00", "2026-01-02"]'),
        ([b"\x00\xff", "\0"], '["AP8=", "�"]'),
        ({}, "{}"),
        ([], "[]"),
    ],
)
def test_nested_value_is_json_to_the_last_digit(value: object, json: str) -> None:
    assert as_json(value) == json
