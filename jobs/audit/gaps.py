"""ops.gaps: offsets that no row can have, and why; grain: one row a run of offsets. The stream declares what it could not read, the
auditor what it has proven, so that neither has to be shown again once Kafka has forgotten it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa
from pyroaring import BitMap64

from include.settings import LakeSettings
from jobs.audit import tables
from jobs.audit.log import Place
from jobs.audit.offsets import Range, Rows, Where, covering, ranges

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

RECREATED = "topic recreated"  # they went with their topic before they were read

Reasons = dict[str, BitMap64]  # reason → offsets; no offset has two


@dataclass(frozen=True)
class Declaration:
    """What was declared for one reason, by one declarer, at one moment: topic id and partition → offsets."""

    reason: str
    offsets: dict[Place, BitMap64]

    def is_void(self, held: Mapping[Where, Rows]) -> bool:
        """Whether it says that a day of bronze went which did not go: a day goes whole, in one commit, and here a row of it is left."""
        if self.reason != BRONZE_RETENTION:
            return False
        return any(place in held and not held[place].offsets.isdisjoint(offsets) for place, offsets in self.offsets.items())


@dataclass
class Declared:
    """What has been declared of a partition. `void`: offsets that were to go with their day of bronze, and for no other reason, when the
    day did not go."""

    reasons: Reasons = field(default_factory=dict)
    void: BitMap64 = field(default_factory=BitMap64)


def declared(lake: LakeSettings, feed: str) -> list[Declaration]:
    """What has been declared of the feed, by whomever."""
    runs: dict[tuple[object, ...], dict[Place, list[Range]]] = defaultdict(lambda: defaultdict(list))
    for row in tables.read(lake, ADDRESS, [feed], SCHEMA.names):
        said = row["reason"], row["declared_by"], row["declared_at"]
        runs[said][row["topic_id"], row["partition"]].append((row["first_offset"], row["last_offset"]))
    return [Declaration(str(said[0]), {place: covering(listed) for place, listed in places.items()}) for said, places in runs.items()]


def in_force(declarations: Iterable[Declaration], held: Mapping[Where, Rows]) -> dict[Place, Declared]:
    """What counts of it where bronze holds these rows. Of two reasons for one offset the first by name stands."""
    found: dict[Place, Declared] = defaultdict(Declared)
    taken: dict[Place, BitMap64] = defaultdict(BitMap64)
    for each in sorted(declarations, key=lambda each: each.reason):
        void = each.is_void(held)
        for place, offsets in each.offsets.items():
            if void:
                found[place].void |= offsets
                continue
            reasons = found[place].reasons
            reasons[each.reason] = reasons.get(each.reason, BitMap64()) | (offsets - taken[place])
            taken[place] |= offsets
    for place, one in found.items():
        one.void -= taken[place]
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
