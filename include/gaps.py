"""Declared gaps: offsets of a topic that bronze has no rows for, and why. The ledger counts them beside the rows."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

import pyarrow as pa

from include.ops_tables import Change, Row, change_rows, get_rows
from include.settings import LakeSettings

GAPS = "ops.gaps"
RETENTION = "retention"  # Kafka deleted them before they were read
RECREATED = "topic recreated"  # they went with the topic before they were read
SKIPPED = "skipped by operator"
BRONZE_RETENTION = "bronze retention"  # the rows were there, and went with their days as the contract says
SCHEMA = pa.schema(
    [
        ("feed", pa.string()),
        ("topic_id", pa.string()),
        ("partition", pa.int32()),
        ("first_offset", pa.int64()),
        ("last_offset", pa.int64()),
        ("reason", pa.string()),
        ("declared_at", pa.timestamp("us", tz="UTC")),
        ("declared_by", pa.string()),
    ]
)


@dataclass(frozen=True)
class Gap:
    """Consecutive offsets of one partition, both ends included."""

    feed: str
    topic_id: str
    partition: int
    first_offset: int
    last_offset: int
    reason: str
    declared_by: str
    declared_at: datetime | None = None  # None: not yet

    @property
    def offsets(self) -> int:
        return self.last_offset - self.first_offset + 1


def declare(lake: LakeSettings, gaps: Iterable[Gap]) -> list[Gap]:
    """Declares what of the gaps is not declared yet, and returns that.

    Idempotent: an offset is declared once, by whoever was first, also when the gap has grown since. Raises StoreError.
    """
    asked, now = list(gaps), datetime.now(UTC)

    def wanted(rows: list[Row]) -> Change:
        known: dict[tuple[str, str, int], list[Gap]] = defaultdict(list)  # of a place, by offset; none covers another
        for row in sorted(rows, key=lambda row: row["first_offset"]):
            known[row["feed"], row["topic_id"], row["partition"]].append(Gap(**row))
        new: list[Gap] = []
        for gap in asked:
            there = known[gap.feed, gap.topic_id, gap.partition]
            lacking = list(_lacking(replace(gap, declared_at=now), there))
            for piece in lacking:
                insort(there, piece, key=_first)
            new += lacking
        return Change([asdict(gap) for gap in new])

    return [Gap(**row) for row in change_rows(lake, GAPS, SCHEMA, wanted)] if asked else []


def withdraw(lake: LakeSettings, feed: str, reason: str, gaps: Iterable[Gap]) -> int:
    """Takes back what is declared of the feed for this reason and has an offset of one of these gaps; how many went.

    Idempotent. Raises StoreError.
    """
    wrong: dict[tuple[str, int], list[Gap]] = defaultdict(list)  # by offset
    for gap in sorted(gaps, key=_first):
        wrong[gap.topic_id, gap.partition].append(gap)
    went = 0

    def wanted(rows: list[Row]) -> Change:
        nonlocal went
        known = [gap for row in rows if (gap := Gap(**row)).feed == feed and gap.reason == reason]
        kept = [gap for gap in known if list(_lacking(gap, wrong[gap.topic_id, gap.partition])) == [gap]]
        went = len(known) - len(kept)
        return Change([asdict(gap) for gap in kept], f"feed = '{feed}' and reason = '{reason}'") if went else Change([])

    change_rows(lake, GAPS, SCHEMA, wanted)
    return went


def declared(lake: LakeSettings, feed: str) -> list[Gap]:
    """The feed's gaps, by topic id, partition and offset; none where none was declared."""
    found = [Gap(**row) for row in get_rows(lake, GAPS, f"feed = '{feed}'")]
    return sorted(found, key=lambda gap: (gap.topic_id, gap.partition, gap.first_offset))


def _first(gap: Gap) -> int:
    return gap.first_offset


def _lacking(gap: Gap, known: Sequence[Gap]) -> Iterator[Gap]:
    """The parts of the gap that none of the known ones of its place covers, which are in order."""
    first = gap.first_offset
    for place in range(max(0, bisect_right(known, first, key=_first) - 1), len(known)):
        each = known[place]
        if each.first_offset > gap.last_offset:
            break
        if first < each.first_offset:
            yield replace(gap, first_offset=first, last_offset=each.first_offset - 1)
        first = max(first, each.last_offset + 1)
    if first <= gap.last_offset:
        yield replace(gap, first_offset=first)
