"""A Delta table as anybody sees it from outside: its commits with the time of each, and the rows that each brought.

Nothing here asks the writer: the time of a commit is the modification time that the store gives its log entry, and the
rows are read from the data files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.fs import FileSelector, FileSystem, S3FileSystem

from include.errors import HeadwaterError
from include.settings import LakeSettings

_ENTRY = re.compile(r"(\d{20})\.json")
_READERS = 8


class LogError(HeadwaterError):
    """A Delta log cannot tell the whole story: entries are missing."""


@dataclass(frozen=True)
class Commit:
    """One log entry. A commit that only moves rows between files, as compaction does, brings none."""

    version: int
    at: float  # seconds since the epoch
    added: tuple[str, ...]  # paths inside the table
    removed: tuple[str, ...]
    new_files: tuple[str, ...]  # of those added, the ones whose rows are new to the table
    rows: int  # in them, by their statistics


class TableLog:
    """The commits of one table, oldest first. `refresh` reads those that came since."""

    def __init__(self, filesystem: FileSystem, table: str) -> None:
        self.filesystem, self.table = filesystem, table
        self.commits: list[Commit] = []

    def refresh(self) -> TableLog:
        """Raises LogError when an entry is missing: clean-up has been there, and its rows cannot be dated any more."""
        found = self.filesystem.get_file_info(FileSelector(f"{self.table}/_delta_log", allow_not_found=True))
        entries = sorted((int(name[1]), info.path, info.mtime_ns / 1e9) for info in found if (name := _ENTRY.fullmatch(info.base_name)))
        fresh = [entry for entry in entries if entry[0] >= len(self.commits)]
        if [version for version, _, _ in fresh] != list(range(len(self.commits), len(self.commits) + len(fresh))):
            raise LogError("log entries are missing", where=self.table, value=fresh[0][0], fix="measure for less long than the log is kept")
        with ThreadPoolExecutor(_READERS) as pool:
            texts = pool.map(lambda entry: self._read(entry[1]), fresh)
            self.commits += [_commit(version, at, text) for (version, _, at), text in zip(fresh, texts, strict=True)]
        return self

    def _read(self, path: str) -> bytes:
        with self.filesystem.open_input_stream(path) as stream:
            return stream.read()

    @property
    def rows(self) -> int:
        """How many rows were ever added."""
        return sum(commit.rows for commit in self.commits)

    def live_files(self) -> list[str]:
        """The files that make up the newest version."""
        live: dict[str, None] = {}
        for commit in self.commits:
            for path in commit.removed:
                live.pop(path, None)
            live.update(dict.fromkeys(commit.added))
        return list(live)


def _commit(version: int, at: float, text: bytes) -> Commit:
    actions = [json.loads(line) for line in text.splitlines() if line.strip()]
    adds = [action["add"] for action in actions if "add" in action]
    new = [add for add in adds if add.get("dataChange", True)]
    return Commit(
        version,
        at,
        tuple(unquote(add["path"]) for add in adds),
        tuple(unquote(action["remove"]["path"]) for action in actions if "remove" in action),
        tuple(unquote(add["path"]) for add in new),
        sum(json.loads(add["stats"])["numRecords"] for add in new),
    )


@dataclass(frozen=True)
class Rows:
    """Rows by their place in Kafka; arrays of one length."""

    partition: np.ndarray
    offset: np.ndarray
    recorded_at: np.ndarray  # the Kafka record's timestamp, seconds since the epoch

    def __len__(self) -> int:
        return len(self.offset)

    @classmethod
    def concat(cls, parts: Iterable[Rows]) -> Rows:
        listed = list(parts) or [cls(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))]
        return cls(*(np.concatenate([getattr(part, name) for part in listed]) for name in cls.__dataclass_fields__))


@dataclass(frozen=True)
class Arrivals:
    """What one table got: each row ever added with the time of its commit, and the rows that a reader finds now."""

    added: Rows
    committed_at: np.ndarray  # of each added row, seconds since the epoch
    live: Rows
    commits: tuple[float, ...]  # when rows were committed, seconds since the epoch


def read_arrivals(log: TableLog) -> Arrivals:
    """Reads every data file of the table, old and new. The old ones must still be there."""
    live = log.live_files()
    paths = list(dict.fromkeys([path for commit in log.commits for path in commit.new_files] + live))
    with ThreadPoolExecutor(_READERS) as pool:
        rows = dict(zip(paths, pool.map(lambda path: _rows(log, path), paths), strict=True))
    dated = [(rows[path], commit.at) for commit in log.commits for path in commit.new_files]
    return Arrivals(
        added=Rows.concat(part for part, _ in dated),
        committed_at=np.concatenate([np.full(len(part), at) for part, at in dated] or [np.empty(0)]),
        live=Rows.concat(rows[path] for path in live),
        commits=tuple(commit.at for commit in log.commits if commit.rows),
    )


def _rows(log: TableLog, path: str) -> Rows:
    with log.filesystem.open_input_file(f"{log.table}/{path}") as file:
        table = pq.ParquetFile(pa.BufferReader(file.read())).read(columns=["partition", "offset", "timestamp"])
    micros = table["timestamp"].cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    return Rows(
        table["partition"].to_numpy().astype(np.int64), table["offset"].to_numpy().astype(np.int64), micros.to_numpy().astype(float) / 1e6
    )


def lake_files(lake: LakeSettings) -> FileSystem:
    """The lake's store as pyarrow's file system; a table's path in it is <bucket>/<prefix><layer>/<name>."""
    secure = lake.endpoint_url.startswith("https://")
    return S3FileSystem(
        access_key=lake.access_key_id,
        secret_key=lake.secret_access_key,
        endpoint_override=lake.endpoint_url.split("://", 1)[1],
        scheme="https" if secure else "http",
        region=lake.region,
    )


def table_log(lake: LakeSettings, address: str) -> TableLog:
    """The log of the table `<layer>.<name>`."""
    return TableLog(lake_files(lake), lake.table_uri(address).removeprefix("s3://"))
