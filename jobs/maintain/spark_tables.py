"""Compaction and vacuum of the tables that Spark writes, by Spark itself, with the table's lease in hand.

A day with several small files becomes one or few. No clustering: a day of a table is one file or few (jobs/common/session.py), and
within one file nothing can be skipped that its own statistics do not let a reader skip already.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from include.delta_log import Extent, extents, open_table
from include.maintenance import Maintained, MaintenanceSettings
from include.settings import LakeSettings
from include.table_files import filesystem
from jobs.common.commits import commit

log = logging.getLogger(__name__)

TARGET_BYTES = 256 << 20
_LISTING_TASKS = 8
_FIRST_COMMIT = f"_delta_log/{0:020}.json"
_OWN_DAYS = 7  # for so long Delta keeps and remembers removed files unless a table says otherwise
_REMEMBERED = "delta.deletedFileRetentionDuration"


def maintain(
    spark: SparkSession, lake: LakeSettings, address: str, settings: MaintenanceSettings, run_id: str, dry_run: bool = False
) -> Maintained | None:
    """What was done to the table, or would be; None where there is none. Changes no row.

    Idempotent: what is compacted is left alone. A build of the table waits for one day's compaction, and this for the build. Files
    are deleted that no version of the last `keep_days` names, those that a killed build left included, once the table is that old; a
    version's files are never among them.
    """
    table, started_at = open_table(lake, address), datetime.now(UTC)
    if table is None:
        return None
    before, due = _whole(table), scattered(table)
    with _configured(spark):
        if not dry_run:
            _remember_removed(spark, lake, address, table, settings)
            for day in due:
                _compact(spark, lake, address, day)
        # A dry run does not make the horizon the table's own, and Delta would refuse a shorter one than that.
        hours = max(settings.keep_hours, 24 * _OWN_DAYS) if dry_run else settings.keep_hours
        deleted = _vacuum(spark, lake, address, hours, dry_run) if _is_older(lake, address, hours) else 0
    after = _whole(open_table(lake, address) or table)
    figures = (before.files, after.files, before.bytes, after.bytes, len(due), deleted)
    return Maintained(address, started_at, datetime.now(UTC), *figures, run_id)


def scattered(table: DeltaTable) -> list[date | None]:
    """The days that have several files below half of the target size, oldest first; None for a table without days that has."""
    actions = pa.table(table.get_add_actions(flatten=True))
    days = actions["partition.event_date"].to_pylist() if "partition.event_date" in actions.column_names else [None] * actions.num_rows
    small = [day for day, size in zip(days, actions["size_bytes"].to_pylist(), strict=True) if size < TARGET_BYTES / 2]
    return sorted({day for day in small if small.count(day) > 1}, key=lambda day: day or date.min)


@contextmanager
def _configured(spark: SparkSession) -> Iterator[None]:
    """Within it the session merges up to the target size. A vacuum lists the table's folders in as many tasks as Spark may discover
    partitions with: 10,000 unless told otherwise, however few folders there are."""
    wanted = {
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": str(_LISTING_TASKS),
        "spark.databricks.delta.optimize.maxFileSize": str(TARGET_BYTES),
        "spark.databricks.delta.optimize.minFileSize": str(TARGET_BYTES // 2),
    }
    before = {name: spark.conf.get(name, None) for name in wanted}
    try:
        for name, value in wanted.items():
            spark.conf.set(name, value)
        yield
    finally:
        for name, value in before.items():
            if value is None:
                spark.conf.unset(name)
            else:
                spark.conf.set(name, value)


def _remember_removed(spark: SparkSession, lake: LakeSettings, address: str, table: DeltaTable, settings: MaintenanceSettings) -> None:
    """Makes the horizon the table's own. A vacuum keeps to no shorter one, and of a removed file that the table's log has forgotten
    it does not know that a kept version names it."""
    wanted, own = f"interval {settings.keep_days} days", f"interval {_OWN_DAYS} days"
    if table.metadata().configuration.get(_REMEMBERED, own) != wanted:
        statement = f"ALTER TABLE delta.`{lake.spark_table_uri(address)}` SET TBLPROPERTIES ('{_REMEMBERED}' = '{wanted}')"
        commit(spark, lake, address, lambda: spark.sql(statement).collect())


def _compact(spark: SparkSession, lake: LakeSettings, address: str, day: date | None) -> None:
    where = "" if day is None else f" WHERE event_date = DATE'{day.isoformat()}'"
    statement = f"OPTIMIZE delta.`{lake.spark_table_uri(address)}`{where}"
    commit(spark, lake, address, lambda: spark.sql(statement).collect())


def _is_older(lake: LakeSettings, address: str, hours: int) -> bool:
    """Whether the table is older than that, by when its first commit was stored, or that one is gone with the log's clean-up.

    Nothing in a younger one is for a vacuum, which goes by the same clock, but what a build left that was killed before that commit: this
    goes as soon as the table is old enough itself. To see so, and list no folder, is one question to the store.
    """
    stored_at = filesystem(lake, address).get_file_info(_FIRST_COMMIT).mtime
    return stored_at is None or datetime.now(UTC) - stored_at > timedelta(hours=hours)


def _vacuum(spark: SparkSession, lake: LakeSettings, address: str, hours: int, dry_run: bool) -> int:
    """How many files were, or would be, deleted; Delta lists a thousand at most."""
    statement = f"VACUUM delta.`{lake.spark_table_uri(address)}` RETAIN {hours} HOURS"
    found = spark.sql(f"{statement} DRY RUN").count()
    if found and not dry_run:
        spark.sql(statement).collect()
    return found


def _whole(table: DeltaTable) -> Extent:
    return sum(extents(table).values(), Extent())
