"""Sets of offsets and how they are told, against Python's own sets."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap64

from jobs.audit.offsets import between, covering, first_ranges, ranges, told

OFFSETS = st.sets(st.integers(0, 60) | st.integers(2**16 - 3, 2**16 + 3) | st.integers(2**32 - 3, 2**32 + 3))


@settings(deadline=None)
@given(OFFSETS)
def test_ranges_are_the_offsets_and_no_two_touch(offsets: set[int]) -> None:
    found = list(ranges(BitMap64(sorted(offsets))))
    assert {offset for first, last in found for offset in range(first, last + 1)} == offsets
    assert all(before[1] + 1 < after[0] for before, after in pairwise(found))


@settings(deadline=None)
@given(OFFSETS)
def test_what_ranges_cover_is_what_they_were_made_of(offsets: set[int]) -> None:
    assert set(covering(ranges(BitMap64(sorted(offsets))))) == offsets


def test_a_range_of_ten_billion_offsets_is_no_work() -> None:
    whole = between(0, 10**10)
    assert first_ranges(whole - BitMap64([7]), 5) == [(0, 6), (8, 10**10 - 1)]


def test_offsets_are_told_as_people_write_them() -> None:
    assert told(BitMap64([17])) == "offset 17"
    assert told(BitMap64([1, 2, 3, 9])) == "offsets 1–3, 9"
    assert told(BitMap64(range(0, 100, 2)), most=3) == "offsets 0, 2, 4 and further, 50 in all"
