"""Compaction and vacuum of tables that are built and read meanwhile."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from include.errors import SettingsError
from include.maintenance import Maintained, MaintenanceSettings
from include.settings import LakeSettings
from jobs.common.tables import read_day, read_table, write_day
from jobs.maintain.spark_tables import maintain
from tests.jobs.bronze_rows import DAY
from tests.jobs.rows import rows

pytestmark = pytest.mark.batch

ADDRESS = "silver.numbers"
NEXT = DAY + timedelta(days=1)
WEEK = MaintenanceSettings()


def write(spark: SparkSession, lake: LakeSettings, values: range, day: date = DAY, files: int = 3) -> None:
    frame = spark.createDataFrame([(value, day) for value in values], "n int, event_date date")
    write_day(frame.repartition(files, "n"), len(values), lake, ADDRESS, day)


def care(spark: SparkSession, lake: LakeSettings, settings: MaintenanceSettings = WEEK, dry_run: bool = False) -> Maintained:
    done = maintain(spark, lake, ADDRESS, settings, "run", dry_run)
    assert done is not None
    return done


def age(lake: LakeSettings, days: float) -> None:
    """The table is so old, as the store has it."""
    os.utime(Path(lake.table_uri(ADDRESS)) / "_delta_log" / f"{0:020}.json", (then := time.time() - days * 86400, then))


def orphan(lake: LakeSettings, days_old: float) -> Path:
    """A data file that no version names, as a killed build leaves it."""
    file = Path(lake.table_uri(ADDRESS)) / f"event_date={DAY}" / f"part-00000-{days_old}.snappy.parquet"
    file.write_bytes(b"PAR1")
    os.utime(file, (then := time.time() - days_old * 86400, then))
    return file


def test_days_of_several_files_become_one_file_each_with_the_same_rows(spark: SparkSession, lake: LakeSettings) -> None:
    write(spark, lake, range(20))
    write(spark, lake, range(2), NEXT, files=1)
    before = rows(read_table(spark, lake, ADDRESS))
    planned = care(spark, lake, dry_run=True)
    done = care(spark, lake)
    again = care(spark, lake)
    assert [(each.days_compacted, each.files_after) for each in (planned, done, again)] == [(1, done.files_before), (1, 2), (0, 2)]
    assert rows(read_table(spark, lake, ADDRESS)) == before


def test_files_of_no_version_go_after_the_horizon_and_those_of_kept_versions_stay(spark: SparkSession, lake: LakeSettings) -> None:
    write(spark, lake, range(3))
    kept = DeltaTable(lake.table_uri(ADDRESS)).version()
    write(spark, lake, range(5))
    age(lake, 9)
    old, young = orphan(lake, 8), orphan(lake, 6)
    planned = care(spark, lake, dry_run=True)
    assert (planned.files_deleted, old.exists()) == (1, True)
    assert care(spark, lake).files_deleted == 1
    assert (old.exists(), young.exists()) == (False, True)
    assert rows(read_table(spark, lake, ADDRESS, kept), "n") == [(0,), (1,), (2,)]


def test_a_longer_horizon_than_delta_s_own_becomes_the_table_s_own(spark: SparkSession, lake: LakeSettings) -> None:
    write(spark, lake, range(3), files=1)
    for _ in range(2):
        care(spark, lake, MaintenanceSettings(keep_days=14))
    table = DeltaTable(lake.table_uri(ADDRESS))
    assert (table.metadata().configuration["delta.deletedFileRetentionDuration"], table.version()) == ("interval 14 days", 2)


def test_a_shorter_horizon_is_kept_to_as_well(spark: SparkSession, lake: LakeSettings) -> None:
    write(spark, lake, range(3), files=1)
    age(lake, 2.6)
    old, young = orphan(lake, 2.5), orphan(lake, 1.5)
    care(spark, lake, MaintenanceSettings(keep_days=2))
    assert (old.exists(), young.exists()) == (False, True)


def test_a_table_younger_than_the_horizon_is_not_searched_and_what_a_killed_first_build_left_goes_when_it_is_older(
    spark: SparkSession, lake: LakeSettings
) -> None:
    write(spark, lake, range(3), files=1)
    before_the_table = orphan(lake, 8)
    age(lake, 6.9)
    assert (care(spark, lake, dry_run=True).files_deleted, care(spark, lake).files_deleted, before_the_table.exists()) == (0, 0, True)
    age(lake, 7.1)
    assert (care(spark, lake).files_deleted, before_the_table.exists()) == (1, False)


def test_a_table_whose_first_commit_is_gone_is_as_old_as_can_be(spark: SparkSession, lake: LakeSettings) -> None:
    write(spark, lake, range(3), files=1)
    DeltaTable(lake.table_uri(ADDRESS)).create_checkpoint()
    (Path(lake.table_uri(ADDRESS)) / "_delta_log" / f"{0:020}.json").unlink()
    old = orphan(lake, 8)
    care(spark, lake)
    assert not old.exists()


def test_table_that_is_not_there_is_left_out(spark: SparkSession, lake: LakeSettings) -> None:
    assert maintain(spark, lake, ADDRESS, WEEK, "run") is None


@pytest.mark.parametrize("text", ["0", "31", "-1", "a week"])
def test_horizon_that_nobody_could_keep_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="HEADWATER_KEEP_DAYS"):
        MaintenanceSettings.from_environment({"HEADWATER_KEEP_DAYS": text})


def test_builds_and_maintenance_at_the_same_time_end_with_the_rows_of_the_last_builds(spark: SparkSession, lake: LakeSettings) -> None:
    days, rounds = (DAY, NEXT), 4
    for day in days:
        write(spark, lake, range(8), day)

    def build(day: date) -> None:
        for number in range(rounds):
            write(spark, lake, range(number, number + 8), day)

    def look_after() -> None:
        for _ in range(rounds):
            care(spark, lake)

    with ThreadPoolExecutor(3) as threads:
        for future in [*(threads.submit(build, day) for day in days), threads.submit(look_after)]:
            future.result()
    wanted = [(value,) for value in range(rounds - 1, rounds + 7)]
    assert [rows(read_day(spark, lake, ADDRESS, day), "n") for day in days] == [wanted, wanted]
    assert care(spark, lake).files_after == len(days)
