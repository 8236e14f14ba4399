"""What a data file holds: how many rows, how many of them late, and of which records. A digest stands for the records: files that hold
the same ones, each as often, have digests with the same sum, however the rows are shared out among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyroaring import BitMap64

from include.errors import StoreError
from jobs.audit.log import LiveFile
from jobs.audit.offsets import Rows, Where

# The digest of a file of which a row does not say all of topic id, partition and offset.
UNKNOWN = 0
_COORDINATES = ("topic_id", "partition", "offset")
_UNPLACED: Where = (None, None)
_UNREADABLE = (OSError, pa.ArrowException, ValueError)  # ValueError: text that is none


@dataclass
class Contents:
    """`held` is filled where offsets are asked for, and so is `late`: rows that came on or after the end of their day."""

    rows: int = 0
    late: int = 0
    digest: int = 0
    held: dict[Where, Rows] = field(default_factory=dict)


class Damaged(StoreError):
    """The store gives all bytes of a data file, and they are none that a reader of Parquet understands."""


def read(store: pa.fs.FileSystem, address: str, live: LiveFile, prefix: str, with_offsets: bool) -> Contents:
    """The contents of the table's file, of three columns, or four with offsets. `prefix`: what the coordinates' names begin with.

    Raises Damaged, and another StoreError where the store does not give the file.
    """
    where = f"{address}, {live.path}"
    try:
        with store.open_input_file(live.path) as stream:
            return _of_stream(stream, where, live, prefix, with_offsets)
    except _UNREADABLE as error:
        first = error  # of which one cannot tell whether it is the file's or the store's
    try:
        with store.open_input_file(live.path) as stream:
            whole = pa.BufferReader(stream.read())
    except OSError as error:
        raise StoreError(f"a data file cannot be read: {error}", where=where, fix="see that the store is up") from error
    try:
        return _of_stream(whole, where, live, prefix, with_offsets)
    except _UNREADABLE as error:
        fix = "restore the file from a backup: what it held is lost to readers"
        raise Damaged(f"a data file is damaged: {first}", where=where, fix=fix) from error


def _of_stream(stream: pa.NativeFile, where: str, live: LiveFile, prefix: str, with_offsets: bool) -> Contents:
    file = pq.ParquetFile(stream, pre_buffer=True)
    if live.kept is not None and len(live.kept) != file.metadata.num_rows:
        what = f"its deletion vector is of {len(live.kept)} rows, the file has {file.metadata.num_rows}"
        raise StoreError(what, where=where, fix="see docs/ledger.md, deletion vectors")
    return _contents(file, live, prefix, with_offsets)


def _contents(file: pq.ParquetFile, live: LiveFile, prefix: str, with_offsets: bool) -> Contents:
    found, all_known = Contents(), True
    for group in _groups(file, live, prefix, with_offsets):
        found.rows += group.num_rows
        found.late += _late(group, live.event_date)
        for where, offsets in _by_partition(group):
            all_known &= None not in where
            if all_known:
                found.digest += digest(where, offsets)
            if with_offsets:
                found.held.setdefault(where, Rows()).add(_rows(where, offsets))
    found.digest = _signed(found.digest) if all_known else UNKNOWN
    return found


def _groups(file: pq.ParquetFile, live: LiveFile, prefix: str, with_offsets: bool) -> Iterator[pa.Table]:
    """The coordinates, by bronze's names, and ingested_at with offsets, row group by row group; without the rows that a vector hides."""
    wanted = {f"{prefix}{name}": name for name in _COORDINATES} | ({"ingested_at": "ingested_at"} if with_offsets else {})
    columns = [name for name in wanted if name in set(file.schema_arrow.names)]
    at = 0
    for number in range(file.num_row_groups):
        group = _plain(file.read_row_group(number, columns=columns).rename_columns([wanted[name] for name in columns]))
        if live.kept is not None:
            taken = live.kept[at : at + group.num_rows]
            at += group.num_rows
            group = group.filter(pa.array(taken))
        yield group


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


def _by_partition(group: pa.Table) -> Iterator[tuple[Where, np.ndarray]]:
    """The offsets by topic id and partition. Rows without partition or offset are at (None, None): as many numbers that mean nothing."""
    empty = pa.nulls(group.num_rows)
    partition, offset = (group[name] if name in group.column_names else empty for name in ("partition", "offset"))
    said = pc.and_(*(pc.greater_equal(pc.cast(column, pa.int64()), 0) for column in (partition, offset)))
    placed = np.asarray(pc.fill_null(said, False))
    if lost := int((~placed).sum()):
        yield _UNPLACED, np.zeros(lost, np.int64)
    if lost == group.num_rows:
        return
    group = group.filter(pa.array(placed))
    numbers, offsets = group["partition"].to_numpy().astype(np.int64), group["offset"].to_numpy()
    names, codes = _topic_ids(group)
    most = int(numbers.max()) + 1
    keys = codes * most + numbers
    for key in np.unique(keys).tolist():
        yield (names[key // most], key % most), offsets[keys == key]


def _topic_ids(group: pa.Table) -> tuple[list[str | None], np.ndarray]:
    """The topic ids, and for each row the place of its own among them; the last is None."""
    if "topic_id" not in group.column_names:
        return [None], np.zeros(group.num_rows, np.int64)
    coded = group["topic_id"].combine_chunks().dictionary_encode()
    names = coded.dictionary.to_pylist()
    return [*names, None], pc.fill_null(coded.indices, len(names)).to_numpy(zero_copy_only=False).astype(np.int64)


def _rows(where: Where, offsets: np.ndarray) -> Rows:
    if where == _UNPLACED:
        return Rows(len(offsets))
    mine = np.sort(offsets)
    again = mine[1:][mine[1:] == mine[:-1]]
    return Rows(len(mine), BitMap64(mine.astype(np.uint64)), BitMap64(again.astype(np.uint64)))


def digest(where: Where, offsets: np.ndarray) -> int:
    """The sum of a 64-bit hash of each row's coordinates: the same in any order, and another where one row is lost and one doubled."""
    seed = int.from_bytes(blake2b(f"{where[0]}-{where[1]}".encode(), digest_size=8).digest(), "big")
    mixed = offsets.astype(np.uint64) + np.uint64(seed)  # all of it modulo 2**64; the steps are those of splitmix64
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return int((mixed ^ (mixed >> np.uint64(31))).sum())


def total(digests: list[int]) -> int:
    """The digest of all that they stand for; UNKNOWN if one is."""
    return UNKNOWN if UNKNOWN in digests else _signed(sum(digests))


def _signed(number: int) -> int:
    """Modulo 2**64, as a column of 64 bits takes it."""
    return (number + 2**63) % 2**64 - 2**63
