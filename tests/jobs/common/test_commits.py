"""Spark's commits and the lease of their table."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from dataclasses import replace as with_other

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from include import objects
from include.delta_log import open_table, version
from include.errors import FencedError, LeaseHeld, LeaseLost
from include.lease import Holder, Lease, LeaseRecord, acquire, read
from include.maintenance import MaintenanceSettings
from include.settings import LakeSettings
from include.table_lease import table_lease
from jobs.common import tables
from jobs.common.commits import MARGIN_SECONDS, SPARK_ERRORS, commit, interrupted_without, is_conflict
from jobs.maintain.spark_tables import maintain
from tests.jobs.bronze_rows import DAY

pytestmark = pytest.mark.batch

ADDRESS, SOURCE = "silver.numbers", "silver.sources"
NAME = f"table-{ADDRESS}"
NOT_THE_DEFAULT = MaintenanceSettings(keep_days=8)


def numbers(spark: SparkSession, *values: int) -> DataFrame:
    return spark.createDataFrame([(value, DAY) for value in values], "n int, event_date date")


def slow(spark: SparkSession, seconds: int) -> DataFrame:
    """One row, in so many seconds."""
    waits = F.expr(f"reflect('java.lang.Thread', 'sleep', {1000 * seconds}L) IS NOT NULL OR n > 0")
    return numbers(spark, 1).coalesce(1).where(waits)


def append(frame: DataFrame, lake: LakeSettings) -> None:
    frame.write.format("delta").mode("append").save(lake.spark_table_uri(ADDRESS))


def lose(lake: LakeSettings, lease: Lease) -> None:
    """Another takes the lease, and the next renewal says so."""
    record = LeaseRecord("another", with_other(Holder.this_process(), host="elsewhere"), epoch=lease.epoch + 1)
    objects.write(lake, f"leases/{NAME}.json", asdict(record))
    with suppress(LeaseLost):
        lease.renew()


@pytest.fixture
def made(spark: SparkSession, lake: LakeSettings) -> int:
    """The version of the table with two rows of a day, in two files."""
    tables.create(lake, ADDRESS, numbers(spark).schema)
    for value in (1, 2):
        append(numbers(spark, value).coalesce(1), lake)
    at = version(lake, ADDRESS)
    assert at is not None
    return at


@pytest.fixture
def held_by_another(lake: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HEADWATER_TABLE_WAIT_SECONDS", "0")
    other = acquire(lake, NAME)
    other.keep(every=0.2)
    yield
    other.release()


def changes(spark: SparkSession) -> DataFrame:
    return numbers(spark, 3).select("n", F.struct("n", "event_date").alias("_new"), F.lit(None).cast("date").alias("_seen"))


WRITES: dict[str, Callable[[SparkSession, LakeSettings], object]] = {
    "replace_day": lambda spark, lake: tables.replace_day(numbers(spark, 3), lake, ADDRESS, DAY),
    "add_columns": lambda spark, lake: tables.add_columns(spark, lake, ADDRESS, numbers(spark).withColumn("half", F.lit(0.5)).schema),
    "merge": lambda spark, lake: tables.merge(changes(spark), lake, ADDRESS, "n"),
    "insert_new": lambda spark, lake: tables.insert_new(numbers(spark, 3), lake, ADDRESS, "n"),
    "maintain: horizon": lambda spark, lake: maintain(spark, lake, ADDRESS, NOT_THE_DEFAULT, "run"),
    "maintain: compaction": lambda spark, lake: maintain(spark, lake, ADDRESS, MaintenanceSettings(), "run"),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_table_whose_lease_another_driver_has_is_not_written(
    spark: SparkSession, lake: LakeSettings, made: int, held_by_another: None, write: Callable[[SparkSession, LakeSettings], object]
) -> None:
    with pytest.raises(LeaseHeld, match=ADDRESS):
        write(spark, lake)
    assert version(lake, ADDRESS) == made


@pytest.mark.usefixtures("held_by_another")
def test_table_whose_lease_another_driver_has_is_not_made(spark: SparkSession, lake: LakeSettings) -> None:
    with pytest.raises(LeaseHeld, match=ADDRESS):
        tables.create(lake, ADDRESS, numbers(spark).schema)
    assert version(lake, ADDRESS) is None


def test_write_whose_lease_is_taken_meanwhile_is_interrupted_and_commits_nothing(
    spark: SparkSession, lake: LakeSettings, made: int
) -> None:
    mine = acquire(lake, NAME)

    def write() -> None:
        with interrupted_without(mine, spark, ADDRESS):
            lose(lake, mine)
            append(slow(spark, 20), lake)

    with pytest.raises(LeaseLost, match="Spark was interrupted"):
        write()
    assert version(lake, ADDRESS) == made


def test_write_is_interrupted_before_a_lease_that_is_not_renewed_ends(spark: SparkSession, lake: LakeSettings, made: int) -> None:
    """The store is away for the lease alone, say: by its own clock the holder knows when another may have it."""
    mine = acquire(lake, NAME, term=MARGIN_SECONDS + 2)
    with pytest.raises(LeaseLost, match="Spark was interrupted"), interrupted_without(mine, spark, ADDRESS):
        append(slow(spark, 20), lake)
    assert version(lake, ADDRESS) == made


def test_lease_that_is_lost_already_begins_nothing(spark: SparkSession, lake: LakeSettings, made: int) -> None:
    mine = acquire(lake, NAME)
    lose(lake, mine)
    with pytest.raises(LeaseLost, match="nothing was asked of Spark"), interrupted_without(mine, spark, ADDRESS):
        append(numbers(spark, 3), lake)
    assert version(lake, ADDRESS) == made


def test_commit_that_was_made_all_the_same_is_told(spark: SparkSession, lake: LakeSettings, made: int) -> None:
    mine = acquire(lake, NAME)

    def write() -> None:
        with interrupted_without(mine, spark, ADDRESS):
            append(numbers(spark, 3), lake)
            lose(lake, mine)

    with pytest.raises(LeaseLost, match="Spark has committed all the same"):
        write()
    assert version(lake, ADDRESS) == made + 1


def written_meanwhile(spark: SparkSession, lake: LakeSettings, write: Callable[[], object]) -> None:
    """Does what is to be written by Spark while delta-rs, which takes no lease, replaces the same day."""
    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(write)
        eventually_at_one_job(spark)
        another_writes(lake)
        writing.result()


def eventually_at_one_job(spark: SparkSession) -> None:
    """Waits until Spark has been at one and the same job for a while: it has looked at the table, and makes the slow row."""
    tracker, until, seen, since = spark.sparkContext.statusTracker(), time.monotonic() + 30, None, time.monotonic()
    while seen is None or time.monotonic() - since < 1:
        assert time.monotonic() < until
        time.sleep(0.05)
        jobs = tracker.getActiveJobsIds()
        if not jobs or jobs != seen:
            seen, since = jobs or None, time.monotonic()


def another_writes(lake: LakeSettings, address: str = ADDRESS) -> None:
    rows = pa.table({"n": pa.array([7], pa.int32()), "event_date": [DAY]})
    write_deltalake(lake.table_uri(address), rows, mode="overwrite", predicate=f"event_date = '{DAY}'")


def replace(spark: SparkSession, lake: LakeSettings) -> None:
    replace_by(numbers(spark, 9), lake)


def replace_slowly(spark: SparkSession, lake: LakeSettings) -> None:
    replace_by(slow(spark, 4), lake)


def replace_by(frame: DataFrame, lake: LakeSettings) -> None:
    frame.write.format("delta").mode("overwrite").option("replaceWhere", f"event_date = '{DAY}'").save(lake.spark_table_uri(ADDRESS))


def kept(lake: LakeSettings) -> list[int]:
    table = open_table(lake, ADDRESS)
    assert table is not None
    return sorted(table.to_pyarrow_table()["n"].to_pylist())


def test_commit_that_conflicts_with_another_writer_s_is_tried_again_within_the_same_lease(
    spark: SparkSession, lake: LakeSettings, made: int
) -> None:
    found, asked = [], []

    def write() -> None:
        found.append(kept(lake))
        write_it = replace_slowly if len(found) == 1 else replace
        write_it(spark, lake)

    written_meanwhile(spark, lake, lambda: commit(spark, lake, ADDRESS, write, refuse=lambda: asked.append(version(lake, ADDRESS))))
    assert (found, kept(lake)) == ([[1, 2], [7]], [9])
    assert asked == [made, made + 1]  # before each try
    record = read(lake, NAME)
    assert record is not None
    assert (record.epoch, record.released) == (2, True)  # the first was for making the table


def test_conflict_of_the_last_try_is_raised_and_nothing_of_it_is_written(spark: SparkSession, lake: LakeSettings, made: int) -> None:
    tries = []

    def write() -> None:
        tries.append(made)
        replace_slowly(spark, lake)

    with pytest.raises(SPARK_ERRORS) as conflict:
        written_meanwhile(spark, lake, lambda: commit(spark, lake, ADDRESS, write, attempts=1))
    assert is_conflict(conflict.value)
    assert (len(tries), kept(lake)) == (1, [7])


def test_error_that_is_no_conflict_is_not_tried_again(spark: SparkSession, lake: LakeSettings, made: int) -> None:
    tries = []

    def write() -> None:
        tries.append(made)
        append(numbers(spark, 3).withColumn("not_there", F.lit(1)), lake)

    with pytest.raises(AnalysisException):
        commit(spark, lake, ADDRESS, write)
    assert (len(tries), version(lake, ADDRESS)) == (1, made)


def test_write_that_is_refused_with_the_lease_in_hand_is_not_asked_of_spark(spark: SparkSession, lake: LakeSettings, made: int) -> None:
    def refuse() -> None:
        record = read(lake, NAME)
        assert record is not None
        assert not record.released
        raise FencedError("another run has begun with the day")

    with pytest.raises(FencedError):
        tables.replace_day(numbers(spark, 3), lake, ADDRESS, DAY, refuse)
    assert version(lake, ADDRESS) == made
    with table_lease(lake, ADDRESS):  # given back at once
        pass


def test_write_that_waited_reads_what_its_source_is_after_the_wait(
    spark: SparkSession, lake: LakeSettings, made: int, caplog: pytest.LogCaptureFixture
) -> None:
    tables.create(lake, SOURCE, numbers(spark).schema)
    frame = tables.read_day(spark, lake, SOURCE, DAY)
    with ThreadPoolExecutor(1) as threads, caplog.at_level("WARNING"):
        other = acquire(lake, NAME)
        other.keep()
        try:
            waiting = threads.submit(tables.replace_day, frame, lake, ADDRESS, DAY)
            until = time.monotonic() + 60
            while f"{NAME} is held by" not in caplog.text:
                assert time.monotonic() < until
                time.sleep(0.05)
            another_writes(lake, SOURCE)
        finally:
            other.release()
        waiting.result()
    assert kept(lake) == [7]


class OutOfTime(BaseException):
    """As Airflow ends a task."""


def test_what_spark_is_at_for_a_write_that_was_given_up_is_interrupted(spark: SparkSession, lake: LakeSettings, made: int) -> None:
    def give_up() -> None:
        slow(spark, 20)._jdf.toJavaRDD().countAsync()
        raise OutOfTime

    with pytest.raises(OutOfTime):
        commit(spark, lake, ADDRESS, give_up)
    until = time.monotonic() + 15
    while spark.sparkContext.statusTracker().getActiveJobsIds() and time.monotonic() < until:
        time.sleep(0.1)
    assert spark.sparkContext.statusTracker().getActiveJobsIds() == []
    record = read(lake, NAME)
    assert record is not None
    assert not record.released  # it runs out: Spark may have been in its commit
