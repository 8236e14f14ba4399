"""Making a Delta table that several may want to make at the same time."""

from __future__ import annotations

import pyarrow as pa
from deltalake import DeltaTable, Schema
from deltalake.exceptions import CommitFailedError

from include.delta_log import open_table
from include.settings import LakeSettings


def create_by_day(lake: LakeSettings, address: str, schema: pa.Schema | Schema) -> None:
    """Makes an empty table, partitioned by event_date, unless it is there. Idempotent; of several creators none fails, and none
    takes away what another has written: a second commit says the same of the table once more, and holds no rows."""
    _create(lake, address, schema, ["event_date"])


def create_undivided(lake: LakeSettings, address: str, schema: pa.Schema | Schema) -> None:
    """The same, of a table without partitions."""
    _create(lake, address, schema, None)


def _create(lake: LakeSettings, address: str, schema: pa.Schema | Schema, partition_by: list[str] | None) -> None:
    try:
        DeltaTable.create(
            lake.table_uri(address), schema=schema, mode="ignore", partition_by=partition_by, storage_options=lake.delta_options()
        )
    except CommitFailedError:
        # "Protocol changed since last commit": another creator committed after delta-rs had looked whether the table is there.
        if open_table(lake, address) is None:
            raise
