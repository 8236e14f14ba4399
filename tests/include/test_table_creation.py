"""A table is made whoever else makes it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa

from include.delta_log import rows_by_day, version
from include.settings import LakeSettings
from include.table_creation import create_by_day

SCHEMA = pa.schema([("event_date", pa.date32()), ("x", pa.int64())])


def test_creators_that_come_at_the_same_time_all_find_the_table(lake: LakeSettings) -> None:
    """Each table is a race of its own: one alone seldom has a loser."""
    tables = [f"ops.table_{number}" for number in range(10)]
    with ThreadPoolExecutor(6) as threads:
        for table in tables:
            list(threads.map(lambda _, table=table: create_by_day(lake, table, SCHEMA), range(6)))
    assert [table for table in tables if version(lake, table) is None or rows_by_day(lake, table)] == []
