"""Tables of the layer `ops` that are lists of what was done: written by delta-rs alone, whose commits are conditional puts, so that
whoever does something may write them, and read without Spark."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from deltalake import QueryBuilder, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError

from include.delta_log import open_table
from include.errors import StoreError
from include.settings import LakeSettings
from include.table_creation import create_undivided

ATTEMPTS = 8


def put_rows(lake: LakeSettings, address: str, schema: pa.Schema, rows: Sequence[Mapping[str, Any]], replacing: str) -> None:
    """Puts the rows in the place of those that `replacing` says (an SQL condition), in one commit; makes the table where there is none.

    Idempotent where the condition names what the rows are. A conflict with another writer is tried again. Raises StoreError when the
    store, or other writers, do not let us.
    """
    create_undivided(lake, address, schema)
    found = pa.Table.from_pylist([dict(row) for row in rows], schema)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            write_deltalake(open_table(lake, address), found, mode="overwrite", predicate=replacing)
            return
        except (DeltaError, OSError) as error:
            if attempt == ATTEMPTS or not isinstance(error, CommitFailedError):
                what = f"the rows could not be written: {error}"
                raise StoreError(what, where=lake.table_uri(address), value=replacing, fix="see that the store is up") from error
            time.sleep(0.1 * 2**attempt)


def get_rows(lake: LakeSettings, address: str, condition: str = "true") -> list[dict[str, Any]]:
    """The rows of which the SQL condition is true; none where there is no table."""
    table = open_table(lake, address)
    if table is None:
        return []
    found = QueryBuilder().register("listed", table).execute(f'select * from listed where {condition}').read_all()
    return pa.table(found).to_pylist()
