"""ops.ledger_files: what each data file holds; grain: one row a live file. A file is read when it is new or was written again, and
not again: an audit costs what is new. Of bronze every offset is kept, which is little where they follow each other; of the tables
that share its rows out, where they do not, a digest: their files are looked into once more where a day does not add up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa
from pyroaring import BitMap64

from include.settings import LakeSettings
from jobs.audit import contents, tables
from jobs.audit.log import LiveFile, Snapshot
from jobs.audit.offsets import Rows, Where, together
from jobs.audit.store import data_objects, filesystem

ADDRESS = "ops.ledger_files"
_OFFSETS = pa.struct(
    [("topic_id", pa.string()), ("partition", pa.int32()), ("rows", pa.int64()), ("offsets", pa.binary()), ("doubled", pa.binary())]
)
SCHEMA = pa.schema(
    [
        ("feed", pa.string()),
        ("address", pa.string()),
        ("path", pa.string()),
        ("etag", pa.string()),
        ("first_etag", pa.string()),
        ("size_bytes", pa.int64()),
        ("event_date", pa.date32()),
        ("rows", pa.int64()),
        ("late_rows", pa.int64()),
        ("offsets", pa.list_(_OFFSETS)),  # roaring bitmaps, 64 bit, in their portable form; of bronze alone
        ("digest", pa.int64()),  # of topic id, partition and offset of its rows, their sum; 0 where a row does not say them
    ]
)


@dataclass(frozen=True)
class FileSummary:
    """A data file as it was read. Its tag at first sight is another than now when somebody has written it again in its place."""

    address: str
    path: str
    etag: str
    first_etag: str
    size: int
    event_date: date | None
    rows: int
    late_rows: int = 0
    held: dict[Where, Rows] = field(default_factory=dict)
    digest: int | None = None  # None: not read for it, by a former version

    @property
    def rewritten(self) -> bool:
        return self.etag != self.first_etag


@dataclass(frozen=True)
class Counted:
    """A table's files: what each holds, those that the store does not have, those that are damaged (path → why), those whose size is
    not what the log says, and how many were read to know it. `live`: path → the file as the log has it."""

    address: str = ""
    files: tuple[FileSummary, ...] = ()
    gone: tuple[LiveFile, ...] = ()
    damaged: Mapping[str, str] = field(default_factory=dict)
    resized: tuple[str, ...] = ()
    read: int = 0
    live: Mapping[str, LiveFile] = field(default_factory=dict)

    @property
    def rewritten(self) -> tuple[str, ...]:
        """The files that were written again in their place, by size or tag."""
        return tuple(each.path for each in self.files if each.rewritten or each.path in self.resized)

    def rows_by_day(self) -> dict[date | None, int]:
        found: dict[date | None, int] = {}
        for each in self.files:
            found[each.event_date] = found.get(each.event_date, 0) + each.rows
        return found

    def held(self, day: date | None = None) -> dict[Where, Rows]:
        """Which records the rows are of, where offsets are kept; of one day, or of all."""
        return together(each.held for each in self.files if day in (None, each.event_date))

    def digests_by_day(self) -> dict[date | None, int]:
        """The digest of each day's rows; UNKNOWN where some of them do not say which record they are of."""
        listed: dict[date | None, list[int]] = {}
        for each in self.files:
            if each.rows and each.digest is not None:
                listed.setdefault(each.event_date, []).append(each.digest)
        return {day: contents.total(digests) for day, digests in listed.items()}


def count(lake: LakeSettings, table: Snapshot, known: Iterable[FileSummary], prefix: str, *, with_offsets: bool) -> Counted:
    """What the table's files hold: as known, where path, tag and size are the same, and read anew where they are not. `prefix`: what
    the names of the columns that say where a row is from begin with. A damaged file holds nothing, and is tried again by each audit."""
    stored = data_objects(lake, table.address)
    before = {each.path: each for each in known if each.address == table.address}
    files, gone, damaged, resized, read = [], [], {}, [], 0
    store = filesystem(lake, table.address)
    for live in table.files:
        now, seen = stored.get(live.path), before.get(live.path)
        if now is None:
            gone.append(live)
            continue
        if now.size != live.size:
            resized.append(live.path)
        if seen is None or (seen.etag, seen.size) != (now.etag, now.size) or live.kept is not None or seen.digest is None:
            try:
                found = contents.read(store, table.address, live, prefix, with_offsets)
            except contents.Damaged as error:
                damaged[live.path] = error.what
                continue
            first, told = now.etag if seen is None else seen.first_etag, (found.rows, found.late, found.held, found.digest)
            seen = FileSummary(table.address, live.path, now.etag, first, now.size, live.event_date, *told)
            read += 1
        files.append(seen)
    by_path = {live.path: live for live in table.files}
    return Counted(table.address, tuple(files), tuple(gone), damaged, tuple(resized), read, by_path)


def look_into(lake: LakeSettings, table: Counted, day: date, prefix: str) -> dict[Where, Rows]:
    """Which records the table's rows of the day are of, read from its files."""
    listed = [table.live[each.path] for each in table.files if each.event_date == day and each.rows]
    if not listed:  # there may be no such table
        return {}
    store = filesystem(lake, table.address)
    return together(contents.read(store, table.address, live, prefix, with_offsets=True).held for live in listed)


def known(lake: LakeSettings, feed: str) -> list[FileSummary]:
    """The summaries of the feed's files, of all its tables, as the last audit left them."""
    return [
        FileSummary(
            row["address"],
            row["path"],
            row["etag"],
            row["first_etag"],
            row["size_bytes"],
            row["event_date"],
            row["rows"],
            row["late_rows"],
            {(each["topic_id"], each["partition"]): _thawed(each) for each in row["offsets"] or ()},
            row["digest"],
        )
        for row in tables.read(lake, ADDRESS, [feed], SCHEMA.names)
    ]


def keep(lake: LakeSettings, found: dict[str, list[FileSummary]]) -> None:
    """Makes these the feeds' summaries; those of files that are gone go with it. Idempotent, one commit."""
    rows = [
        {
            "feed": feed,
            "address": each.address,
            "path": each.path,
            "etag": each.etag,
            "first_etag": each.first_etag,
            "size_bytes": each.size,
            "event_date": each.event_date,
            "rows": each.rows,
            "late_rows": each.late_rows,
            "offsets": [_frozen(where, held) for where, held in each.held.items()],
            "digest": each.digest,
        }
        for feed, summaries in found.items()
        for each in summaries
    ]
    if found:
        tables.replace(lake, ADDRESS, SCHEMA, rows, found, by=["feed"])


def _frozen(where: Where, held: Rows) -> dict[str, object]:
    held.offsets.run_optimize()
    coordinates = dict(zip(("topic_id", "partition"), where, strict=True))
    return coordinates | {"rows": held.rows, "offsets": held.offsets.serialize(), "doubled": held.doubled.serialize()}


def _thawed(row: dict[str, object]) -> Rows:
    return Rows(row["rows"], BitMap64.deserialize(row["offsets"]), BitMap64.deserialize(row["doubled"]))
