"""Small Delta tables that several processes write, a few rows at a time: each change is decided on a version of the table, and refused
if that is not the newest any more."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError

from include.delta_log import open_table
from include.errors import StoreError
from include.settings import LakeSettings
from include.table_creation import create_undivided

ATTEMPTS = 8
# Every change carries this transaction, so that of two changes decided on one version the second is refused.
_CHANGE = "headwater-change"

Row = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """Rows to add, or to put in the place of those that `replacing` says (an SQL condition)."""

    rows: Sequence[Row]
    replacing: str | None = None


def read(lake: LakeSettings, address: str, filters: list[tuple[str, str, object]] | None = None) -> list[Row]:
    """The rows that meet all filters; none without a table."""
    table = open_table(lake, address)
    return [] if table is None else table.to_pyarrow_table(filters=filters).to_pylist()


def change(lake: LakeSettings, address: str, schema: pa.Schema, wanted: Callable[[list[Row]], Change]) -> Sequence[Row]:
    """Makes the change that is wanted of the table as it is, in one commit, and returns its rows; makes the table where there is none.

    Idempotent as far as `wanted` is: it is asked again, with the newer rows, when somebody else was faster, and a change without rows
    is no commit. Raises StoreError when the store, or other writers, do not let us.
    """
    uri = lake.table_uri(address)
    create_undivided(lake, address, schema)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            table = DeltaTable(uri, storage_options=lake.delta_options())
            asked = wanted(table.to_pyarrow_table().to_pylist())
            if asked.rows:
                rows = pa.Table.from_pylist(list(asked.rows), schema)
                properties = CommitProperties(app_transactions=[Transaction(_CHANGE, table.version() + 1)])
                how = {"mode": "append"} if asked.replacing is None else {"mode": "overwrite", "predicate": asked.replacing}
                write_deltalake(table, rows, commit_properties=properties, **how)
            return asked.rows
        except (DeltaError, OSError) as error:
            if attempt == ATTEMPTS or not isinstance(error, CommitFailedError):
                raise StoreError(f"the table could not be changed: {error}", where=uri, fix="see that the store is up") from error
            time.sleep(0.1 * attempt)
    return ()
