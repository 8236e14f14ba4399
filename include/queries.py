"""What DataFusion answers over tables. No Spark."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder
from deltalake.exceptions import DeltaError

from include.errors import StoreError


def ask(tables: Mapping[str, DeltaTable], query: str) -> pa.Table:
    """What a query says of these versions of tables, which it calls by these names. Raises StoreError."""
    builder = QueryBuilder()
    for name, table in tables.items():
        builder.register(name, table)
    try:
        return pa.table(builder.execute(query).read_all())
    except (DeltaError, OSError) as error:
        where = ", ".join(table.table_uri for table in tables.values())
        fix = "see that the store is up, and that the tables have the columns that were asked for"
        raise StoreError(f"the tables could not be read: {error}", where=where, fix=fix) from error
