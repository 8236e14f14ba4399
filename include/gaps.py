"""Declared gaps: offsets of a topic that bronze has no rows for, and why. The ledger counts them beside the rows."""

from __future__ import annotations

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
        new: list[Gap] = []
        for gap in asked:
            new += _lacking(replace(gap, declared_at=now), [*(Gap(**row) for row in rows), *new])
        return Change([asdict(gap) for gap in new])

    return [Gap(**row) for row in change_rows(lake, GAPS, SCHEMA, wanted)] if asked else []


def declared(lake: LakeSettings, feed: str) -> list[Gap]:
    """The feed's gaps, by topic id, partition and offset; none where none was declared."""
    found = [Gap(**row) for row in get_rows(lake, GAPS, f"feed = '{feed}'")]
    return sorted(found, key=lambda gap: (gap.topic_id, gap.partition, gap.first_offset))


def _lacking(gap: Gap, known: Sequence[Gap]) -> Iterator[Gap]:
    """The parts of the gap that no known one covers."""
    first = gap.first_offset
    covering = [each for each in known if (each.feed, each.topic_id, each.partition) == (gap.feed, gap.topic_id, gap.partition)]
    for each in sorted(covering, key=lambda each: each.first_offset):
        if each.first_offset > gap.last_offset:
            break
        if first < each.first_offset:
            yield replace(gap, first_offset=first, last_offset=each.first_offset - 1)
        first = max(first, each.last_offset + 1)
    if first <= gap.last_offset:
        yield replace(gap, first_offset=first)
