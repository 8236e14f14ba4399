"""ops.ledger: do a partition's rows and declared gaps make up all offsets that bronze says it has read; grain: one row per feed, topic id
and partition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import pyarrow as pa
from pyroaring import BitMap64

from include.settings import LakeSettings
from include.words import many
from jobs.audit import tables
from jobs.audit.evidence import Evidence
from jobs.audit.files import Counted, FileSummary
from jobs.audit.gaps import RECREATED, Declaration, Declared, Reasons, in_force
from jobs.audit.log import Place, Snapshot
from jobs.audit.offsets import Rows, Where, between, first_ranges, told

ADDRESS = "ops.ledger"
FIRST = 0  # Kafka gives it to the first record of every topic, and of every topic made anew
MOST_RANGES = 1_000  # of a kind, in a row of the table; the counts are whole
MOST_FILES = 5
_RANGES = pa.list_(pa.struct([("first", pa.int64()), ("last", pa.int64())]))
_GAPS = pa.list_(pa.struct([("first", pa.int64()), ("last", pa.int64()), ("reason", pa.string()), ("records", pa.int64())]))
SCHEMA = pa.schema(
    [
        ("feed", pa.string()),
        ("topic_id", pa.string()),  # null: rows of an earlier version, which do not say it
        ("partition", pa.int32()),
        ("first_offset", pa.int64()),
        ("next_offset", pa.int64()),  # null: the table's log has committed none
        ("rows", pa.int64()),
        ("unique_offsets", pa.int64()),
        ("gap_offsets", pa.int64()),
        ("gaps", _GAPS),  # by reason: the first and last offset, and how many between them have no row for that reason
        ("missing_offsets", pa.int64()),
        ("missing", _RANGES),
        ("doubled_offsets", pa.int64()),
        ("doubled", _RANGES),
        ("stray_offsets", pa.int64()),  # with a row, and not below next_offset
        ("stray", _RANGES),
        ("state", pa.string()),
        ("findings", pa.list_(pa.string())),
        ("bronze_version", pa.int64()),
        ("audited_at", pa.timestamp("us", tz="UTC")),
    ]
)

Ask = Callable[[Place, BitMap64], Evidence]


@dataclass(frozen=True)
class PartitionLedger:
    """One partition of one epoch of a topic."""

    feed: str
    topic_id: str | None
    partition: int | None
    next_offset: int | None
    held: Rows
    gaps: Reasons
    missing: BitMap64
    stray: BitMap64
    bronze_version: int | None  # None: it stands for the whole feed, of which something could not be audited
    findings: tuple[str, ...] = ()
    proven: Reasons = field(default_factory=dict)  # those of the gaps that nobody had declared
    void: BitMap64 = field(default_factory=BitMap64)  # declared to have gone with a day of bronze that is there

    @property
    def is_closed(self) -> bool:
        """next − first = rows + gaps, every offset once, and nothing else found."""
        read = None if self.next_offset is None else self.next_offset - FIRST
        return read == self.held.rows + sum(map(len, self.gaps.values())) and not self.findings

    @property
    def name(self) -> str:
        if self.bronze_version is None:
            return self.feed
        number = "without partition" if self.partition is None else f"partition {self.partition}"
        return f"{self.feed} {number} of topic id {self.topic_id or 'unknown'}"


def close(
    feed: str, table: Snapshot, counted: Counted, declarations: Iterable[Declaration], ask: Ask, kafka_ends: Mapping[Place, int]
) -> list[PartitionLedger]:
    """The ledger of every partition that has rows or an end offset, or of which something is declared to have gone with its topic. `ask`
    is asked of offsets without row and gap; `kafka_ends`, where Kafka was asked, were read after the table."""
    held = counted.held()
    declared = in_force(declarations, held)
    ends = table.ends | _ends_of_former(declared, table.ends)
    places = {*held, *ends}
    ledgers = []
    for topic_id, partition in sorted(places, key=str):
        where, rows = (topic_id, partition), held.get((topic_id, partition), Rows())
        if topic_id is None or partition is None:
            ledgers.append(_unknown(feed, table, where, rows))
        else:
            place = (topic_id, partition)
            ledger = _partition(feed, table, counted, place, ends.get(place), rows, declared.get(place, Declared()), ask)
            ledgers.append(replace(ledger, findings=(*ledger.findings, *_of_end(ledger.next_offset, kafka_ends.get(place)))))
    return ledgers


def not_audited(feed: str, why: Iterable[str]) -> PartitionLedger:
    """What stands, open, for the part of the feed that could not be audited."""
    findings = tuple(f"could not be audited: {each}" for each in why)
    return PartitionLedger(feed, None, None, None, Rows(), {}, BitMap64(), BitMap64(), None, findings)


def _unknown(feed: str, table: Snapshot, where: Where, rows: Rows) -> PartitionLedger:
    topic_id, partition = where
    if partition is None:
        finding = f"{many(rows.rows, 'row')} without a partition or an offset"
    else:
        finding = f"{many(rows.rows, 'row')} without a topic id, {told(rows.offsets)}: an earlier version wrote them"
    return PartitionLedger(feed, topic_id, partition, None, rows, {}, BitMap64(), BitMap64(), table.version, (finding,))


def _ends_of_former(declared: Mapping[Place, Declared], read: Mapping[Place, int]) -> dict[Place, int]:
    """Where partitions of topics ended that were made anew, as far as anybody saw, though bronze was not so far, or has nothing of them."""
    unread = {place: offsets for place, one in declared.items() if (offsets := one.reasons.get(RECREATED))}
    return {place: max(read.get(place, FIRST), offsets.max() + 1) for place, offsets in unread.items()}


def _partition(
    feed: str, table: Snapshot, counted: Counted, place: Place, end: int | None, rows: Rows, declared: Declared, ask: Ask
) -> PartitionLedger:
    expected = between(FIRST, end or 0)
    lacking = expected - rows.offsets
    gaps = {reason: offsets & lacking for reason, offsets in declared.reasons.items()}
    for offsets in gaps.values():
        lacking -= offsets
    evidence = ask(place, lacking) if lacking else Evidence()
    for reason, offsets in evidence.gaps.items():
        lacking -= offsets
        gaps[reason] = gaps.get(reason, BitMap64()) | offsets
    stray = rows.offsets - expected
    findings = [
        *_of_missing(evidence),
        *_of_void(declared.void & lacking),
        *_of_doubled(rows, counted.files, place),
        *_of_stray(stray, end, table),
        *_of_files(counted, place),
    ]
    kept = {reason: offsets for reason, offsets in gaps.items() if offsets}
    return PartitionLedger(feed, *place, end, rows, kept, lacking, stray, table.version, tuple(findings), evidence.gaps, declared.void)


def _of_missing(evidence: Evidence) -> Iterable[str]:
    words = (
        (evidence.held, "missing: Kafka has the record"),
        (evidence.gone, "missing, and Kafka no longer has it"),
        (evidence.unasked, "missing, and Kafka was not asked"),
    )
    return [f"{told(offsets)} {what}" for offsets, what in words if offsets]


def _of_void(missing: BitMap64) -> Iterable[str]:
    if missing:
        yield f"{told(missing)} declared as bronze retention, which does not count: rows are left of the day that was to go"


def _of_doubled(rows: Rows, files: Iterable[FileSummary], place: Place) -> Iterable[str]:
    if not rows.doubled:
        return []
    having = [each.path for each in files if place in each.held and not each.held[place].offsets.isdisjoint(rows.doubled)]
    extra = rows.rows - len(rows.offsets)
    return [f"{told(rows.doubled)} more than once, {many(extra, 'row')} too many: {_listed(having)}"]


def _of_stray(stray: BitMap64, end: int | None, table: Snapshot) -> Iterable[str]:
    if not stray:
        return []
    if end is None:
        return [f"{told(stray)} with a row, and no commit says that this partition was read"]
    why = ", whose offsets its writer has yet to commit" if table.offsets_follow else ""
    return [f"{told(stray)} with a row, beyond the committed end {end}{why}"]


def _of_end(read: int | None, kafka_end: int | None) -> Iterable[str]:
    if read is not None and kafka_end is not None and kafka_end < read:
        yield f"Kafka ends at {kafka_end}, before the committed end {read}: the broker lost records, and gives their offsets to others"


def _of_files(counted: Counted, place: Place) -> Iterable[str]:
    again = set(counted.rewritten)
    for each in counted.files:
        if place in each.held and each.path in again:
            yield f"{each.path} was written again in its place: it has {told(each.held[place].offsets)}"


def _listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - MOST_FILES} more" if len(paths) > MOST_FILES else ""
    return ", ".join(paths[:MOST_FILES]) + more


def keep(lake: LakeSettings, found: Mapping[str, Sequence[PartitionLedger]], now: datetime) -> None:
    """Makes these the ledgers of their feeds, in one commit. Idempotent."""
    rows = [row(each, now) for ledgers in found.values() for each in ledgers]
    tables.replace(lake, ADDRESS, SCHEMA, rows, found)


def row(ledger: PartitionLedger, now: datetime) -> tables.Row:
    """The ledger as a row of the table."""
    return {
        "feed": ledger.feed,
        "topic_id": ledger.topic_id,
        "partition": ledger.partition,
        "first_offset": FIRST,
        "next_offset": ledger.next_offset,
        "rows": ledger.held.rows,
        "unique_offsets": len(ledger.held.offsets),
        "gap_offsets": sum(map(len, ledger.gaps.values())),
        "gaps": [
            {"first": offsets.min(), "last": offsets.max(), "reason": reason, "records": len(offsets)}
            for reason, offsets in sorted(ledger.gaps.items())
        ],
        "missing_offsets": len(ledger.missing),
        "missing": _structs(ledger.missing),
        "doubled_offsets": len(ledger.held.doubled),
        "doubled": _structs(ledger.held.doubled),
        "stray_offsets": len(ledger.stray),
        "stray": _structs(ledger.stray),
        "state": "closed" if ledger.is_closed else "open",
        "findings": list(ledger.findings),
        "bronze_version": ledger.bronze_version,
        "audited_at": now,
    }


def _structs(offsets: BitMap64) -> list[dict[str, int]]:
    return [{"first": first, "last": last} for first, last in first_ranges(offsets, MOST_RANGES)]
