"""The auditor's own tables: made where there are none, replaced feed by feed, read as they are. By delta-rs, whose commits are conditional
puts, so that an audit by hand and one of the schedule may meet."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder, Schema, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from include.errors import StoreError
from include.settings import LakeSettings

ATTEMPTS = 6
# An audit each quarter of an hour is a hundred commits a day. Readers of an older version have a day.
_CONFIGURATION = {
    "delta.checkpointInterval": "20",
    "delta.logRetentionDuration": "interval 1 days",
    "delta.deletedFileRetentionDuration": "interval 1 days",
    "delta.enableExpiredLogCleanup": "true",
}
_VACUUM_EVERY_VERSIONS = 50
_KEPT_HOURS = 24

Row = dict[str, Any]


def read(lake: LakeSettings, address: str, feeds: Iterable[str], columns: Sequence[str]) -> list[Row]:
    """The rows of these feeds; none where there is no table, and null where it does not have the column yet."""
    listed = sorted(feeds)
    try:
        table = DeltaTable(lake.table_uri(address), storage_options=lake.delta_options())
        has = _names(table)
        query = f"select {', '.join(name if name in has else f'null as {name}' for name in columns)} from source where {of_feeds(listed)}"
        return pa.table(QueryBuilder().register("source", table).execute(query).read_all()).to_pylist() if listed else []
    except TableNotFoundError:
        return []
    except (DeltaError, OSError) as error:
        raise _failed("read", lake, address, error) from error


def replace(
    lake: LakeSettings, address: str, schema: pa.Schema, rows: Sequence[Row], feeds: Iterable[str], by: list[str] | None = None
) -> None:
    """Makes the rows all that the table has of these feeds, in one commit; makes the table where there is none, divided `by` columns,
    and its columns where it lacks some.

    Idempotent. Another writer's commit in between is no error: the same is done on top of it.
    """
    listed = sorted(feeds)
    table = made(lake, address, schema, by)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            write_deltalake(table, pa.Table.from_pylist(list(rows), schema), mode="overwrite", predicate=of_feeds(listed))
            break
        except (DeltaError, OSError) as error:
            if attempt == ATTEMPTS or not isinstance(error, CommitFailedError):
                raise _failed("written", lake, address, error) from error
            time.sleep(0.1 * 2**attempt)
            table.update_incremental()
    if table.version() % _VACUUM_EVERY_VERSIONS == 0:
        table.vacuum(retention_hours=_KEPT_HOURS, dry_run=False)


def append(lake: LakeSettings, address: str, schema: pa.Schema, rows: Sequence[Row]) -> None:
    """Adds the rows; makes the table where there is none. Not idempotent: what these tables say twice counts once."""
    table = made(lake, address, schema, None)
    try:
        write_deltalake(table, pa.Table.from_pylist(list(rows), schema), mode="append")
    except (DeltaError, OSError) as error:
        raise _failed("written", lake, address, error) from error


def of_feeds(feeds: Iterable[str]) -> str:
    """The condition for the rows of these feeds, whose names are made of letters, digits and `_`."""
    return f"feed in ({', '.join(repr(feed) for feed in feeds)})"


def made(lake: LakeSettings, address: str, schema: pa.Schema, by: list[str] | None) -> DeltaTable:
    """The table, which is made where there is none, and given the columns that it lacks. Idempotent. Raises StoreError."""
    asked = {"schema": schema, "mode": "ignore", "partition_by": by, "configuration": _CONFIGURATION}
    for attempt in (1, 2):
        try:
            table = DeltaTable.create(lake.table_uri(address), storage_options=lake.delta_options(), **asked)
            has = _names(table)
            if lacking := [column for column in Schema.from_arrow(schema).fields if column.name not in has]:
                table.alter.add_columns(lacking)  # a former version made it
            return table
        except (DeltaError, OSError) as error:  # two creators at once: the second look finds the first one's table
            if attempt == 2 or not isinstance(error, CommitFailedError):
                raise _failed("made", lake, address, error) from error
    raise AssertionError


def _names(table: DeltaTable) -> set[str]:
    return {column.name for column in table.schema().fields}


def _failed(done: str, lake: LakeSettings, address: str, error: Exception) -> StoreError:
    return StoreError(f"the table could not be {done}: {error}", where=lake.table_uri(address), fix="see that the store is up")
