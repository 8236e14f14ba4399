"""ops.gaps: offsets that bronze does not have and that nobody has lost unnoticed, with the reason. No Spark.

Grain: a range of offsets of one partition of one topic id, both ends included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import pyarrow as pa
from deltalake import write_deltalake

from include.delta_log import open_table
from include.ops_tables import get_rows
from include.settings import LakeSettings
from include.table_creation import create_undivided

GAPS = "ops.gaps"
BRONZE_RETENTION = "bronze retention"
_SCHEMA = pa.schema(
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
    """Offsets from the first to the last, both included."""

    feed: str
    topic_id: str
    partition: int
    first_offset: int
    last_offset: int
    reason: str
    declared_at: datetime
    declared_by: str

    @property
    def place(self) -> tuple[str, str, int, int, int, str]:
        return self.feed, self.topic_id, self.partition, self.first_offset, self.last_offset, self.reason


def declare(lake: LakeSettings, gaps: Sequence[Gap]) -> int:
    """Adds those of the gaps that are not declared yet, in one commit; how many that were. Idempotent; a feed has one that declares."""
    create_undivided(lake, GAPS, _SCHEMA)
    known = {gap.place for feed in {gap.feed for gap in gaps} for gap in declared(lake, feed)}
    fresh = [gap for gap in gaps if gap.place not in known]
    if fresh:
        write_deltalake(open_table(lake, GAPS), pa.Table.from_pylist([asdict(gap) for gap in fresh], _SCHEMA), mode="append")
    return len(fresh)


def declared(lake: LakeSettings, feed: str) -> list[Gap]:
    """The gaps of the feed."""
    return [Gap(**row) for row in get_rows(lake, GAPS, f"feed = '{feed}'")]
