"""Bronze as anybody reads it: the Delta log says which files there are, Parquet what is in them. No code of Headwater's reads here."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError
from deltalake.fs import DeltaStorageHandler
from pyarrow.fs import PyFileSystem

from drills.account import Content, Place
from drills.load import HEADER

Row = tuple[Place, Content]
_COLUMNS = ["topic", "topic_id", "partition", "offset", "value", "headers"]
# What a read raises while the store is away or a file has just been replaced.
UNREADABLE = (DeltaError, OSError)


class Bronze:
    """The bronze tables of some topics."""

    def __init__(self, uri: str, options: Mapping[str, str], topics: Iterable[str]) -> None:
        self._options = dict(options)
        self._addresses = {topic: f"{uri}/bronze/{topic.replace('-', '_')}" for topic in topics}
        self._tables: dict[str, DeltaTable] = {}
        self._seen: set[str] = set()

    def rows(self) -> list[Row]:
        """Every row of the tables' newest versions. Raises one of UNREADABLE where the store does not answer."""
        return [row for topic in self._addresses for path in self._live_files(topic) for row in self._read(topic, path)]

    def arrived(self, topic: str) -> list[Row]:
        """The rows of the topic's files that have come since this was last asked; rows that were only merged into another file, too.
        Raises as `rows` does."""
        unseen = [path for path in self._live_files(topic) if path not in self._seen]
        found = [row for path in unseen for row in self._read(topic, path)]
        self._seen.update(unseen)
        return found

    def _live_files(self, topic: str) -> list[str]:
        """Paths below the table; none where there is no table yet."""
        try:
            table = self._tables.pop(topic, None)
            if table is None:
                table = DeltaTable(self._addresses[topic], storage_options=self._options)
            else:
                table.update_incremental()
        except TableNotFoundError:
            return []
        if "deletionVectors" in (table.protocol().reader_features or ()):
            raise ValueError(f"{self._addresses[topic]} has deletion vectors, which this reader does not know")
        self._tables[topic] = table  # only one that could be brought up to date
        return [unquote(path) for path in pa.table(table.get_add_actions())["path"].to_pylist()]

    def _read(self, topic: str, path: str) -> list[Row]:
        files = PyFileSystem(DeltaStorageHandler(self._addresses[topic], options=self._options))
        found = pq.read_table(path, filesystem=files, columns=_COLUMNS, partitioning=None)
        columns = [found[name].to_pylist() for name in _COLUMNS]
        return [
            (Place(topic, topic_id, partition, offset), Content(_id(headers), zlib.crc32(value or b"")))
            for topic, topic_id, partition, offset, value, headers in zip(*columns, strict=True)
        ]


def _id(headers: list[dict[str, object]] | None) -> str | None:
    found = [header["value"] for header in headers or () if header["key"] == HEADER]
    return found[0].decode() if found and isinstance(found[0], bytes) else None
