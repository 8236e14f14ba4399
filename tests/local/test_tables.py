from __future__ import annotations

from datetime import date

import pytest

from local.tables import readable


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (b'{"a": "\xc3\xa9"}', '{"a": "é"}'),
        (b"\xff\xfe", "\\xff\\xfe"),
        ([{"key": "k", "value": b"v"}, {"key": "n", "value": None}], "[{key: k, value: v}, {key: n, value: }]"),
        (date(2026, 3, 1), "2026-03-01"),
        (True, "True"),
    ],
)
def test_a_value_is_shown_as_a_person_reads_it(value: object, shown: str) -> None:
    assert readable(value) == shown
