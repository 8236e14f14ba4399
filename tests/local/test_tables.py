from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from local.tables import _newest, readable


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


def table_of_days(place: Path, *days: date, partition_by: list[str] | None) -> DeltaTable:
    write_deltalake(place, pa.table({"event_date": days, "n": list(range(len(days)))}), partition_by=partition_by)
    return DeltaTable(place)


@pytest.mark.parametrize(
    ("limit", "condition"), [(1, "where event_date >= '2026-03-03'"), (2, "where event_date >= '2026-03-02'"), (9, "")]
)
def test_newest_days_with_enough_rows_are_shown(tmp_path: Path, limit: int, condition: str) -> None:
    days = [date(2026, 3, day) for day in (1, 2, 3)]
    assert _newest(table_of_days(tmp_path, *days, partition_by=["event_date"]), limit) == condition


def test_table_without_days_is_shown_from_anywhere(tmp_path: Path) -> None:
    assert _newest(table_of_days(tmp_path, date(2026, 3, 1), partition_by=None), 1) == ""
