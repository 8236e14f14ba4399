"""What a table's Delta log says is there: live files, and the end offsets that its commits carried. delta-rs reads the log; only the
names of the transactions, which it does not list, are read here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from include.errors import StoreError
from include.settings import LakeSettings
from jobs.audit.store import LOG, filesystem, log_names

_THREADS = 8
_OURS = re.compile(r"(?P<topic_id>.+)-(?P<partition>\d+)")
_ENTRY = re.compile(r"\d{20}\.json")
_CHECKPOINT = re.compile(r"\d{20}\.checkpoint(\.[^/]+)?\.parquet")
# Spark's writer commits rows and then their offsets, and numbers both: while the first number is ahead, offsets are to follow.
_ROWS, _THEIR_OFFSETS = "headwater-rows", "headwater-offsets"

Place = tuple[str, int]  # topic id and partition


@dataclass(frozen=True)
class LiveFile:
    """A data file that the table's newest version consists of. `kept` says of each row whether a deletion vector leaves it."""

    path: str
    size: int
    event_date: date | None
    kept: np.ndarray | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Snapshot:
    """One version of a table: its files, and topic id and partition → the next offset to read, as its transactions say."""

    address: str
    version: int
    files: tuple[LiveFile, ...]
    ends: dict[Place, int]
    offsets_follow: bool = False


def snapshot(lake: LakeSettings, address: str, *, with_ends: bool = False) -> Snapshot | None:
    """The table as it is now; None where there is none. Raises StoreError when the store does not answer, where the log is damaged, or
    where a file's deletion vector cannot be applied."""
    try:
        table = DeltaTable(lake.table_uri(address), storage_options=lake.delta_options())
        ends = _ends(lake, address, table) if with_ends else {}
        behind = (table.transaction_version(_ROWS) or 0) > (table.transaction_version(_THEIR_OFFSETS) or 0)
        return Snapshot(address, table.version(), _files(table, address), ends, behind)
    except TableNotFoundError:
        return None
    except (DeltaError, OSError, pa.ArrowException, ValueError) as error:  # ValueError: an entry that is no JSON
        fix = "see that the store is up; a damaged log is restored from a backup"
        raise StoreError(f"the table's log cannot be read: {error}", where=f"{address}, {lake.table_uri(address)}", fix=fix) from error


def _files(table: DeltaTable, address: str) -> tuple[LiveFile, ...]:
    actions = pa.table(table.get_add_actions(flatten=True))
    days = actions["partition.event_date"].to_pylist() if "partition.event_date" in actions.column_names else [None] * actions.num_rows
    vectors = _deletion_vectors(table, address)
    paths = [unquote(path) for path in actions["path"].to_pylist()]
    return tuple(
        LiveFile(path, size, day, vectors.get(path)) for path, size, day in zip(paths, actions["size_bytes"].to_pylist(), days, strict=True)
    )


def _deletion_vectors(table: DeltaTable, address: str) -> dict[str, np.ndarray]:
    """Path → which rows are left, of the files that have a deletion vector."""
    if "deletionVectors" not in (table.protocol().reader_features or ()):
        return {}
    try:
        found = pa.table(table.deletion_vectors())
    except (DeltaError, OSError) as error:
        raise StoreError(
            f"the deletion vectors cannot be read: {error}", where=address, value=table.version(), fix=_PURGE.format(address)
        ) from error
    root = table.table_uri.rstrip("/") + "/"
    bare = root.removeprefix("file://")
    return {
        unquote(path).removeprefix("file://").removeprefix(bare).removeprefix(root): np.asarray(kept.values)
        for path, kept in zip(found["filepath"].to_pylist(), found["selection_vector"].combine_chunks(), strict=True)
    }


_PURGE = "rewrite the files without them, in Spark: REORG TABLE delta.`<address of {0}>` APPLY (PURGE), and audit again"


def _ends(lake: LakeSettings, address: str, table: DeltaTable) -> dict[Place, int]:
    found: dict[Place, int] = {}
    for name in sorted(_transactions(lake, address, table.version())):
        parts, version = _OURS.fullmatch(name), table.transaction_version(name)
        if parts and version is not None:
            found[parts["topic_id"], int(parts["partition"])] = version
    return found


def _transactions(lake: LakeSettings, address: str, version: int) -> set[str]:
    """The app ids of all transactions up to that version: from the newest checkpoint and the entries after it. Where nothing points
    to a checkpoint that is there, from all that the log's folder has: clean-up may have left no entry of before the newest."""
    files = filesystem(lake, address)
    checkpoint = _last_checkpoint(files)
    names = [] if checkpoint is None else log_names(lake, address, f"{checkpoint:020d}")
    parts = [name for name in names if _CHECKPOINT.fullmatch(name) and int(name[:20]) == checkpoint]
    if not parts:
        checkpoint, names = None, log_names(lake, address, "")
        parts = [name for name in names if _CHECKPOINT.fullmatch(name)]
    entries = [name for name in names if _ENTRY.fullmatch(name) and (checkpoint or -1) < int(name[:20]) <= version]
    with ThreadPoolExecutor(_THREADS) as threads:
        of_entries = threads.map(lambda name: _in_entry(files, name), entries)
        of_parts = threads.map(lambda name: _in_checkpoint(files, name), parts)
        return {name for found in (*of_entries, *of_parts) for name in found}


def _last_checkpoint(files: pa.fs.FileSystem) -> int | None:
    try:
        with files.open_input_file(f"{LOG}_last_checkpoint") as stream:
            return int(json.loads(stream.read())["version"])
    except FileNotFoundError:
        return None


def _in_entry(files: pa.fs.FileSystem, name: str) -> list[str]:
    try:
        with files.open_input_file(LOG + name) as stream:
            lines = stream.read().splitlines()
    except FileNotFoundError:  # clean-up was here since: a checkpoint has what it said
        return []
    return [action["txn"]["appId"] for line in lines if b'"txn"' in line and "txn" in (action := json.loads(line))]


def _in_checkpoint(files: pa.fs.FileSystem, name: str) -> Iterable[str]:
    with files.open_input_file(LOG + name) as stream:
        column = pq.ParquetFile(stream).read(columns=["txn.appId"])
    return [row["appId"] for row in column["txn"].to_pylist() if row and row["appId"] is not None] if column.num_columns else []
