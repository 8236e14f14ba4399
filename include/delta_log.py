"""What a table's Delta log says, read without Spark."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError
from deltalake.fs import DeltaStorageHandler

from include.contracts.model import Contract
from include.errors import StoreError
from include.settings import LakeSettings

CLOCKS_APART = timedelta(minutes=5)


def open_table(lake: LakeSettings, address: str, version: int | None = None) -> DeltaTable | None:
    """The table `<layer>.<name>`, or None when it does not exist yet. Raises StoreError when the store does not answer."""
    try:
        return DeltaTable(lake.table_uri(address), version=version, storage_options=lake.delta_options())
    except TableNotFoundError:
        return None
    except (DeltaError, OSError) as error:
        raise StoreError(
            f"the table could not be opened: {error}",
            where=lake.table_uri(address),
            value=version,
            fix="see that the store is up and the credentials are right; a version may have left the log's retention",
        ) from error


def version(lake: LakeSettings, address: str) -> int | None:
    table = open_table(lake, address)
    return None if table is None else table.version()


def transaction_app_id(topic_id: str, partition: int) -> str:
    """The Delta transaction that carries a partition's end offset. A recreated topic has another id, hence starts anew."""
    return f"{topic_id}-{partition}"


def transaction_offsets(table: DeltaTable, topic_id: str, partitions: Iterable[int]) -> dict[int, int]:
    """Partition → the next offset to read, for the partitions that the table has ever committed."""
    found = {number: table.transaction_version(transaction_app_id(topic_id, number)) for number in partitions}
    return {number: offset for number, offset in found.items() if offset is not None}


def next_offsets(lake: LakeSettings, contract: Contract, topic_id: str, partitions: Iterable[int]) -> dict[int, int]:
    """Partition → the next offset that bronze lacks, for the partitions that it has ever committed; empty without a table."""
    table = open_table(lake, contract.bronze)
    return {} if table is None else transaction_offsets(table, topic_id, partitions)


def _add_actions(table: DeltaTable) -> pa.Table:
    try:
        return pa.table(table.get_add_actions(flatten=True))
    except (DeltaError, OSError) as error:
        raise unreadable(table, error) from error


def unreadable(table: DeltaTable, error: Exception, path: str = "") -> StoreError:
    """What to raise of a table that is open, and of which something cannot be read all the same."""
    where = table.table_uri.rstrip("/") + (f"/{path}" if path else "")
    return StoreError(f"the table cannot be read: {error}", where=where, value=table.version(), fix="see that the store is up")


def row_counts(table: DeltaTable, actions: pa.Table) -> list[int]:
    """How many rows each of these files has (`get_add_actions`, in its order): as the log says, and where a writer has left that out, as
    the file does. Raises StoreError, which names the file, where it cannot be read."""
    counts = actions["num_records"].to_pylist() if "num_records" in actions.column_names else [None] * actions.num_rows
    if None not in counts:
        return counts
    store = pyarrow.fs.PyFileSystem(DeltaStorageHandler.from_table(table._table))
    paths = actions["path"].to_pylist()
    return [_rows_in(store, table, unquote(path)) if rows is None else rows for path, rows in zip(paths, counts, strict=True)]


def _rows_in(store: pyarrow.fs.FileSystem, table: DeltaTable, path: str) -> int:
    try:
        with store.open_input_file(path) as stream:
            return pq.read_metadata(stream).num_rows
    except (OSError, pa.ArrowException) as error:
        raise unreadable(table, error, path) from error


def rows_by_day(lake: LakeSettings, address: str, version: int | None = None) -> dict[date, int]:
    """Day → rows, of a table partitioned by event_date; empty when there is no table."""
    table = open_table(lake, address, version)
    return {} if table is None else days_of(table)


def days_of(table: DeltaTable) -> dict[date, int]:
    """Day → rows, of a table partitioned by event_date."""
    counts: dict[date, int] = defaultdict(int)
    actions = _add_actions(table)
    for day, rows in zip(actions["partition.event_date"].to_pylist(), row_counts(table, actions), strict=True):
        counts[day] += rows
    return dict(counts)


def files_by_day(table: DeltaTable) -> dict[date, set[str]]:
    """Day → the paths in the table of the files that hold its rows, of a table partitioned by event_date."""
    files: dict[date, set[str]] = defaultdict(set)
    actions = _add_actions(table)
    for day, path in zip(actions["partition.event_date"].to_pylist(), actions["path"].to_pylist(), strict=True):
        files[day].add(path)
    return dict(files)


@dataclass(frozen=True)
class HeldDay:
    """Rows that a bronze table has of a day, and when the first and the last of them came (None: its files do not say it)."""

    rows: int = 0
    first_ingested: datetime | None = None
    last_ingested: datetime | None = None


def held_days(lake: LakeSettings, address: str) -> dict[date, HeldDay]:
    """Day → what the bronze table has of it; empty when there is no table."""
    table = open_table(lake, address)
    return {} if table is None else held_by(table)


def held_by(table: DeltaTable) -> dict[date, HeldDay]:
    """Day → what the bronze table has of it."""
    actions = _add_actions(table)
    none = [None] * len(actions)
    spans = [actions[name].to_pylist() if name in actions.column_names else none for name in ("min.ingested_at", "max.ingested_at")]
    by_day: dict[date, list[tuple[int, datetime | None, datetime | None]]] = defaultdict(list)
    for day, *file in zip(actions["partition.event_date"].to_pylist(), row_counts(table, actions), *spans, strict=True):
        by_day[day].append((file[0], file[1], file[2]))
    return {day: _held(files) for day, files in by_day.items()}


def _held(files: list[tuple[int, datetime | None, datetime | None]]) -> HeldDay:
    firsts, lasts = [first for _, first, _ in files], [last for _, _, last in files]
    known = None not in firsts and None not in lasts
    return HeldDay(sum(rows for rows, _, _ in files), min(firsts) if known else None, max(lasts) if known else None)  # type: ignore[type-var]


@dataclass(frozen=True)
class Extent:
    """How much there is of a table, or of a day of it."""

    rows: int = 0
    bytes: int = 0
    files: int = 0

    def __add__(self, other: Extent) -> Extent:
        return Extent(self.rows + other.rows, self.bytes + other.bytes, self.files + other.files)


def extents(table: DeltaTable) -> dict[date | None, Extent]:
    """Day → what there is of it; of a table without days, all of it under None."""
    actions = _add_actions(table)
    days = actions["partition.event_date"].to_pylist() if "partition.event_date" in actions.column_names else [None] * actions.num_rows
    found: dict[date | None, Extent] = defaultdict(Extent)
    for day, rows, size in zip(days, row_counts(table, actions), actions["size_bytes"].to_pylist(), strict=True):
        found[day] += Extent(rows, size, 1)
    return dict(found)


def row_count(lake: LakeSettings, address: str) -> int:
    """Rows of the table; 0 when there is no table."""
    table = open_table(lake, address)
    return 0 if table is None else sum(row_counts(table, _add_actions(table)))


def newest_event_time(lake: LakeSettings, address: str) -> datetime | None:
    """That of the table, as `newest_event` has it; None while there is no table."""
    table = open_table(lake, address)
    return None if table is None else newest_event(table)


def newest_event(table: DeltaTable) -> datetime | None:
    """The latest event_time in the table, of a window table the latest window_start; in UTC and to the millisecond, from the files'
    statistics; None when there is none.

    What is further ahead of this clock than clocks are apart does not count: one record that is dated next year would keep the table
    fresh until then. Only a file that holds both such events and others is opened, for its times. Raises StoreError.
    """
    actions = _add_actions(table)
    clock = next((name for name in ("event_time", "window_start") if f"max.{name}" in actions.column_names), None)
    if clock is None:
        return None
    limit = datetime.now(UTC) + CLOCKS_APART
    spans = [[in_utc(value) for value in actions[f"{end}.{clock}"].to_pylist()] for end in ("min", "max")]
    found, doubtful = [], set()
    for path, first, last in zip(actions["path"].to_pylist(), *spans, strict=True):
        if last is not None and last <= limit:
            found.append(last)
        elif last is not None and (first is None or first <= limit):
            doubtful.add(path)
    return max([*found, *_latest_until(table, clock, doubtful, limit)], default=None)


def in_utc(value: datetime | None) -> datetime | None:
    return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


def _latest_until(table: DeltaTable, clock: str, paths: set[str], limit: datetime) -> list[datetime]:
    """Of each of these files the latest time up to the limit, if it has one."""
    if not paths:
        return []
    found = []
    try:
        for fragment in table.to_pyarrow_dataset().get_fragments():
            if fragment.path in paths:
                times = fragment.to_table(columns=[clock], filter=pc.field(clock) <= limit)[clock]
                found += [pc.max(times).as_py()] if len(times) else []
    except (DeltaError, OSError, pa.ArrowException) as error:
        raise unreadable(table, error, ", ".join(sorted(paths))) from error
    return found
