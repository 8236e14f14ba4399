"""ops.ledger_files: what each data file holds; grain: one row a live file. A file is read when it is new or was written again, and
never again: an audit costs what is new."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyroaring import BitMap64

from include.errors import StoreError
from include.settings import LakeSettings
from jobs.audit import tables
from jobs.audit.log import LiveFile, Snapshot
from jobs.audit.offsets import Rows, Where
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
    ]
)
_COORDINATES = ("topic_id", "partition", "offset", "ingested_at")


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

    @property
    def rewritten(self) -> bool:
        return self.etag != self.first_etag


@dataclass(frozen=True)
class Counted:
    """A table's files: what each holds, those that the store does not have, those whose size is not what the log says, and how many
    were read to know it."""

    files: tuple[FileSummary, ...] = ()
    gone: tuple[LiveFile, ...] = ()
    resized: tuple[str, ...] = ()
    read: int = 0

    def rows_by_day(self) -> dict[date | None, int]:
        found: dict[date | None, int] = {}
        for each in self.files:
            found[each.event_date] = found.get(each.event_date, 0) + each.rows
        return found


def count(lake: LakeSettings, table: Snapshot, known: Iterable[FileSummary], *, with_offsets: bool) -> Counted:
    """What the table's files hold: as known, where path, tag and size are the same, and read anew where they are not."""
    stored = data_objects(lake, table.address)
    before = {each.path: each for each in known if each.address == table.address}
    files, gone, resized, read = [], [], [], 0
    store = filesystem(lake, table.address)
    for live in table.files:
        now, seen = stored.get(live.path), before.get(live.path)
        if now is None:
            gone.append(live)
            continue
        if now.size != live.size:
            resized.append(live.path)
        if seen is None or (seen.etag, seen.size) != (now.etag, now.size) or live.kept is not None:
            found = _read(store, live, with_offsets)
            first = now.etag if seen is None else seen.first_etag
            seen = FileSummary(table.address, live.path, now.etag, first, now.size, live.event_date, *found)
            read += 1
        files.append(seen)
    return Counted(tuple(files), tuple(gone), tuple(resized), read)


def _read(store: pa.fs.FileSystem, live: LiveFile, with_offsets: bool) -> tuple[int, int, dict[Where, Rows]]:
    """Rows, late rows, and what offsets; of the footer alone where offsets are not asked for."""
    try:
        with store.open_input_file(live.path) as stream:
            file = pq.ParquetFile(stream, pre_buffer=True)
            if live.kept is not None and len(live.kept) != file.metadata.num_rows:
                what = f"its deletion vector is of {len(live.kept)} rows, the file has {file.metadata.num_rows}"
                raise StoreError(what, where=live.path, fix="see docs/ledger.md, deletion vectors")
            if not with_offsets:
                return file.metadata.num_rows if live.kept is None else int(live.kept.sum()), 0, {}
            return _rows_of(file, live)
    except (OSError, pa.ArrowException) as error:
        fix = "see that the store is up; what a damaged file held is lost to readers"
        raise StoreError(f"a data file cannot be read: {error}", where=live.path, fix=fix) from error


def _rows_of(file: pq.ParquetFile, live: LiveFile) -> tuple[int, int, dict[Where, Rows]]:
    has = set(file.schema_arrow.names)
    held: dict[Where, Rows] = {}
    rows = late = at = 0
    for number in range(file.num_row_groups):
        group = _plain(file.read_row_group(number, columns=[name for name in _COORDINATES if name in has]))
        if live.kept is not None:
            taken = live.kept[at : at + group.num_rows]
            at += group.num_rows
            group = group.filter(pa.array(taken))
        rows += group.num_rows
        late += _late(group, live.event_date)
        for where, found in _by_partition(group).items():
            held.setdefault(where, Rows()).add(found)
    return rows, late, held


def _plain(group: pa.Table) -> pa.Table:
    """With topic ids as plain strings: each writer has its own kind, and Arrow cannot filter by all of them."""
    if "topic_id" not in group.column_names:
        return group
    return group.set_column(group.column_names.index("topic_id"), "topic_id", pc.cast(group["topic_id"], pa.string()))


def _late(group: pa.Table, day: date | None) -> int:
    """Rows that came on or after the end of their day."""
    if day is None or "ingested_at" not in group.column_names:
        return 0
    clock = pa.timestamp("us", tz="UTC")  # a writer's own may be nanoseconds, in which few days have an end
    came = pc.cast(group["ingested_at"], clock, safe=False)
    return pc.sum(pc.greater_equal(came, pa.scalar(end_of(day), clock))).as_py() or 0


def end_of(day: date) -> datetime:
    """The first moment after the day; of the last day that there is, its last."""
    if day == date.max:
        return datetime.max.replace(tzinfo=UTC)
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def _by_partition(group: pa.Table) -> dict[Where, Rows]:
    """Rows by topic id and partition. Rows without partition or offset are at (None, None), counted and with no offset."""
    empty = pa.nulls(group.num_rows)
    partition, offset = (group[name] if name in group.column_names else empty for name in ("partition", "offset"))
    said = pc.and_(pc.is_valid(partition), pc.greater_equal(pc.cast(offset, pa.int64()), 0))
    placed = np.asarray(pc.fill_null(said, False))
    found: dict[Where, Rows] = {}
    if lost := int((~placed).sum()):
        found[None, None] = Rows(lost)
    if lost == group.num_rows:
        return found
    group = group.filter(pa.array(placed))
    numbers, offsets = group["partition"].to_numpy(), group["offset"].to_numpy()
    names, codes = _topic_ids(group)
    for code, number in np.unique(np.stack([codes, numbers.astype(np.int64)], axis=1), axis=0).tolist():
        mine = np.sort(offsets[(codes == code) & (numbers == number)])
        again = mine[1:][mine[1:] == mine[:-1]]
        found[names[code], number] = Rows(len(mine), BitMap64(mine.astype(np.uint64)), BitMap64(again.astype(np.uint64)))
    return found


def _topic_ids(group: pa.Table) -> tuple[list[str | None], np.ndarray]:
    """The topic ids, and for each row the place of its own among them; the last is None."""
    if "topic_id" not in group.column_names:
        return [None], np.zeros(group.num_rows, np.int64)
    coded = group["topic_id"].combine_chunks().dictionary_encode()
    names = coded.dictionary.to_pylist()
    return [*names, None], pc.fill_null(coded.indices, len(names)).to_numpy(zero_copy_only=False).astype(np.int64)


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
