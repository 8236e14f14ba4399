"""A day's rows, record by record."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap64

from jobs.audit.contents import _rows
from jobs.audit.offsets import Rows, Where
from jobs.audit.shares import Shares, compare

HERE: Where = ("an-id", 0)
OFFSETS = st.lists(st.integers(0, 12), max_size=8)


def held(*offsets: int) -> dict[Where, Rows]:
    return {HERE: _rows(HERE, np.array(offsets, np.int64))} if offsets else {}


def compared(bronze: list[int], *, went: tuple[int, ...] = (), **sides: list[int]) -> Shares:
    found = compare(held(*bronze), {side: held(*offsets) for side, offsets in sides.items()}, {("an-id", 0): BitMap64(went)})
    assert found is not None
    return found


def test_each_record_that_is_not_in_one_table_is_named_with_the_tables():
    found = compared([0, 1, 2, 3, 4, 5], silver=[0, 1, 5, 9], quarantine=[2, 5])
    assert found.findings == (
        "offsets 3–4 of partition 0 of topic id an-id in none of them",
        "offset 5 of partition 0 of topic id an-id more than once in silver, quarantine",
        "offset 9 of partition 0 of topic id an-id in silver, and not in bronze",
    )
    assert (found.wrong, found.lacking, found.given_up) == (True, 2, 0)


def test_a_record_that_bronze_has_twice_is_twice_in_the_tables():
    assert compared([0, 1, 1], silver=[0, 1, 1]).findings == ()


def test_rows_whose_day_of_bronze_went_are_not_strange():
    found = compared([7], went=(0, 1, 2), silver=[0, 1], quarantine=[2])
    assert (found.given_up, found.lacking, found.wrong) == (3, 1, False)


def test_many_findings_are_told_in_short():
    many = {(f"id-{number}", 0): Rows(1, BitMap64([number])) for number in range(9)}
    found = compare(many, {}, {})
    assert found is not None
    assert str(found).endswith("; and 4 more")


def test_rows_that_do_not_say_where_they_are_from_cannot_be_compared():
    assert compare({(None, 0): Rows(1, BitMap64([1]))}, {}, {}) is None


@settings(deadline=None)
@given(OFFSETS, OFFSETS, OFFSETS)
def test_nothing_is_found_where_each_record_is_in_one_table_and_nowhere_else(bronze: list[int], silver: list[int], other: list[int]):
    found = compared(bronze, silver=silver, quarantine=other)
    once = {offset for offset in silver + other if (silver + other).count(offset) > 1} <= {
        each for each in bronze if bronze.count(each) > 1
    }
    assert (found.findings == ()) == (set(bronze) == set(silver + other) and once)
