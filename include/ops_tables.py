"""Tables of the layer `ops`: small, and written a few rows at a time by whoever does something. No Spark.

By delta-rs, whose commits are conditional puts. Each change is decided on a version of the table and asked for again when another
writer was faster.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError

from include.delta_log import open_table
from include.errors import StoreError
from include.queries import ask
from include.settings import LakeSettings
from include.table_creation import create_undivided

ATTEMPTS = 8
# A change that only adds carries this transaction, so that of two decided on one version the second is refused.
_CHANGE = "headwater-change"

Row = dict[str, Any]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Change:
    """Rows to add, or to put in the place of those that `replacing` says (an SQL condition); with neither nothing is changed."""

    rows: Sequence[Row]
    replacing: str | None = None


def commit(lake: LakeSettings, address: str, what: str, once: Callable[[DeltaTable | None], Result]) -> Result:
    """What `once` returns of the newest version of the table, None where there is none, which it may commit to.

    It is asked again when another writer was faster. Raises StoreError, which names `what`, when the store, or other writers, do
    not let us.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return once(open_table(lake, address))
        except (DeltaError, OSError) as error:
            if attempt == ATTEMPTS or not isinstance(error, CommitFailedError):
                problem = f"the table could not be changed: {error}"
                fix = "see that the store is up" if not isinstance(error, CommitFailedError) else "others write it all the time: try again"
                raise StoreError(problem, where=lake.table_uri(address), value=what, fix=fix) from error
        time.sleep(0.1 * 2**attempt)
    raise AssertionError("the last attempt returns or raises")


def get_rows(lake: LakeSettings, address: str, condition: str = "true") -> list[Row]:
    """The rows of which the SQL condition is true; none where there is no table."""
    table = open_table(lake, address)
    return [] if table is None else rows_of(table, condition)


def rows_of(table: DeltaTable, condition: str = "true") -> list[Row]:
    """The rows of this version of the table of which the SQL condition is true. Raises StoreError."""
    return ask({"listed": table}, f"select * from listed where {condition}").to_pylist()


def put_rows(lake: LakeSettings, address: str, schema: pa.Schema, rows: Sequence[Mapping[str, Any]], replacing: str) -> None:
    """Puts the rows in the place of those that `replacing` says (an SQL condition), in one commit; makes the table where there is none.

    Idempotent where the condition names what the rows are. Raises StoreError as `commit`.
    """
    create_undivided(lake, address, schema)
    found = pa.Table.from_pylist([dict(row) for row in rows], schema)
    commit(lake, address, replacing, lambda table: write_deltalake(table, found, mode="overwrite", predicate=replacing))


def change_rows(lake: LakeSettings, address: str, schema: pa.Schema, wanted: Callable[[list[Row]], Change]) -> Sequence[Row]:
    """Makes the change that is wanted of the table as it is, in one commit, and returns its rows; makes the table where there is none.

    Idempotent as far as `wanted` is: a change of nothing is no commit. Raises StoreError as `commit`.
    """
    create_undivided(lake, address, schema)

    def once(table: DeltaTable) -> Sequence[Row]:
        asked = wanted(table.to_pyarrow_table().to_pylist())
        if asked.rows or asked.replacing:
            rows = pa.Table.from_pylist(list(asked.rows), schema)
            properties = CommitProperties(app_transactions=[Transaction(_CHANGE, table.version() + 1)])
            how = {"mode": "append"} if asked.replacing is None else {"mode": "overwrite", "predicate": asked.replacing}
            write_deltalake(table, rows, commit_properties=properties, **how)
        return asked.rows

    return commit(lake, address, "a change", once)
