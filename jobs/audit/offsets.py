"""Sets of offsets, as roaring bitmaps: a run of a million offsets takes a few bytes, and nothing here walks through single offsets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from pyroaring import BitMap64

Range = tuple[int, int]  # first and last offset, both inside
Where = tuple[str | None, int | None]  # topic id and partition; None where the rows do not say it


@dataclass
class Rows:
    """The rows of one topic id and partition: how many, which offsets, and which of these are there more than once."""

    rows: int = 0
    offsets: BitMap64 = field(default_factory=BitMap64)
    doubled: BitMap64 = field(default_factory=BitMap64)

    def add(self, other: Rows) -> None:
        """Takes in rows that lie elsewhere."""
        self.doubled |= other.doubled
        self.doubled |= self.offsets & other.offsets
        self.offsets |= other.offsets
        self.rows += other.rows


def together(listed: Iterable[Mapping[Where, Rows]]) -> dict[Where, Rows]:
    """Rows that lie in several places, by topic id and partition."""
    found: dict[Where, Rows] = {}
    for held in listed:
        for where, rows in held.items():
            found.setdefault(where, Rows()).add(rows)
    return found


def covering(ranges: Iterable[Range]) -> BitMap64:
    """The offsets of the ranges; what is below 0 is none."""
    found = BitMap64()
    for first, last in ranges:
        if last >= max(first, 0):
            found.add_range(max(first, 0), last + 1)
    return found


def between(begin: int, end: int) -> BitMap64:
    """The offsets from `begin` up to, and without, `end`."""
    return covering([(begin, end - 1)])


def ranges(offsets: BitMap64) -> Iterator[Range]:
    """The offsets as the fewest ranges, in order."""
    if not offsets:
        return
    holes = between(offsets.min(), offsets.max() + 2) - offsets
    first, last = offsets.min(), offsets.max()
    while True:
        end = holes.next_set_bit(first) - 1
        yield first, end
        if end == last:
            return
        first = offsets.next_set_bit(end + 1)


def first_ranges(offsets: BitMap64, most: int) -> list[Range]:
    return list(islice(ranges(offsets), most))


def told(offsets: BitMap64, most: int = 20) -> str:
    """The offsets for people: "offset 17", "offsets 17, 20–25", and how many more where there are many ranges."""
    listed = [str(first) if first == last else f"{first}–{last}" for first, last in first_ranges(offsets, most + 1)]
    more = f" and further, {len(offsets):,} in all" if len(listed) > most else ""
    return f"offset{'s' if len(offsets) > 1 else ''} {', '.join(listed[:most])}{more}"
