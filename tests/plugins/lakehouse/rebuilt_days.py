"""A day built again, and given back: what ops.rebuilds says of each table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lakehouse.rebuilding import rebuild_day
from pyspark.sql import SparkSession

from include.contracts import Contract
from include.rebuilds import Rebuilt
from include.settings import LakeSettings
from jobs.gold.run import bring_up_to_date
from jobs.maintain.restore import undo_day
from tests.jobs.bronze_rows import DAY
from tests.jobs.commerce import METRICS

ID = "20261120T093000-0a1b2c"
FEW = (METRICS,)  # most of what is tested does not depend on which tables there are


def rebuild(
    spark: SparkSession, lake: LakeSettings, system: str = "commerce", contracts: Sequence[Contract] = FEW, *, forced: bool = False
) -> dict[str, Rebuilt]:
    rows = rebuild_day(spark, lake, ID, system, DAY, f"run of {ID}", contracts, forced)
    return {row.table: row for row in rows}


def undo(
    spark: SparkSession, lake: LakeSettings, system: str = "commerce", contracts: Sequence[Contract] = FEW, *, forced: bool = False
) -> dict[str, Rebuilt]:
    def undivided(names: Iterable[str]) -> None:
        bring_up_to_date(spark, lake, names, DAY)

    rows = undo_day(spark, lake, ID, system, DAY, f"undo of {ID}", contracts, undivided, forced)
    return {row.table: row for row in rows}


def touched(rows: dict[str, Rebuilt]) -> dict[str, tuple[int | None, ...]]:
    """Rows added, removed and changed, of the tables of which any was."""
    return {table: (row.rows_added, row.rows_removed, row.rows_changed) for table, row in rows.items() if row.touched}
