"""ops.gaps: offsets that no row can have, and why; grain: one row a run of offsets. The stream declares what it could not read, the
auditor what it has proven, so that neither has to be shown again once Kafka has forgotten it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

import pyarrow as pa
from pyroaring import BitMap64

from include.settings import LakeSettings
from jobs.audit import tables
from jobs.audit.log import Place
from jobs.audit.offsets import Range, covering, ranges

ADDRESS = "ops.gaps"
SCHEMA = pa.schema(
    [
        ("feed", pa.string()),
        ("topic_id", pa.string()),
        ("partition", pa.int32()),
        ("first_offset", pa.int64()),
        ("last_offset", pa.int64()),  # inside
        ("reason", pa.string()),
        ("declared_at", pa.timestamp("us", tz="UTC")),
        ("declared_by", pa.string()),
    ]
)
US = "audit"
BRONZE_RETENTION = "bronze retention"  # the rows were there, and went with their days as the contract says

Reasons = dict[str, BitMap64]  # reason → offsets; no offset has two


def declared(lake: LakeSettings, feed: str) -> dict[Place, Reasons]:
    """What has been declared of the feed, by whomever. Of two reasons for one offset the first by name stands."""
    runs: dict[Place, dict[str, list[Range]]] = defaultdict(lambda: defaultdict(list))
    for row in tables.read(lake, ADDRESS, [feed], SCHEMA.names):
        runs[row["topic_id"], row["partition"]][row["reason"]].append((row["first_offset"], row["last_offset"]))
    found: dict[Place, Reasons] = {}
    for place, by_reason in runs.items():
        taken, found[place] = BitMap64(), {}
        for reason, listed in sorted(by_reason.items()):
            found[place][reason] = covering(listed) - taken
            taken |= found[place][reason]
    return found


def keep(lake: LakeSettings, proven: Mapping[str, Mapping[Place, Reasons]], now: datetime) -> None:
    """Appends what has been proven, by feed; nothing without any. What is there twice counts once."""
    rows = [
        {
            "feed": feed,
            "topic_id": topic_id,
            "partition": partition,
            "first_offset": first,
            "last_offset": last,
            "reason": reason,
            "declared_at": now,
            "declared_by": US,
        }
        for feed, of_feed in proven.items()
        for (topic_id, partition), by_reason in of_feed.items()
        for reason, offsets in by_reason.items()
        for first, last in ranges(offsets)
    ]
    if rows:
        tables.append(lake, ADDRESS, SCHEMA, rows)
