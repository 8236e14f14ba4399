"""The check of a day, over the tables that silver has written."""

from __future__ import annotations

from pathlib import Path

import pytest
from deltalake import DeltaTable, write_deltalake
from pyspark.sql import SparkSession

from include.days import stale_days
from include.errors import DayAccountError, StoreError
from include.settings import LakeSettings
from jobs.silver import run
from tests.jobs.bronze_rows import DAY, append, bronze_rows
from tests.jobs.commerce import METRICS, ORDERS, sample
from tests.jobs.silver.commerce_days import MIXED, build, check

pytestmark = pytest.mark.batch


def test_check_finds_a_row_that_another_writer_took_away(spark: SparkSession, lake: LakeSettings) -> None:
    append(lake, ORDERS, bronze_rows(MIXED))
    build(spark, lake, ORDERS)
    DeltaTable(lake.table_uri("quarantine.commandes_json")).delete('"offset" = 3')
    with pytest.raises(DayAccountError) as caught:
        check(lake, ORDERS)
    assert "bronze has 7 rows, its four tables 6" in str(caught.value)
    assert "quarantine_rows is 1, silver recorded 2" in str(caught.value)


def test_check_finds_a_row_that_moved_from_one_table_to_another(spark: SparkSession, lake: LakeSettings) -> None:
    append(lake, METRICS, bronze_rows([sample(), sample(), b"x"]))
    build(spark, lake, METRICS)
    doubled = DeltaTable(lake.table_uri("silver.server_metrics"))
    write_deltalake(doubled, doubled.to_pyarrow_table().slice(0, 1), mode="append")
    DeltaTable(lake.table_uri("dead_letters.metrics")).delete()
    with pytest.raises(DayAccountError, match="silver_rows is 3, silver recorded 2"):
        check(lake, METRICS)


def test_check_of_a_day_that_was_not_built_or_not_to_its_end_says_so(
    spark: SparkSession, lake: LakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DayAccountError, match="metrics: silver has not built the day"):
        check(lake, METRICS)
    append(lake, METRICS, bronze_rows([sample()]))
    monkeypatch.setattr(run, "build_feed", lambda *asked: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        build(spark, lake, METRICS)
    with pytest.raises(DayAccountError, match="metrics: silver has not built the day"):
        check(lake, METRICS)
    assert stale_days(lake, [METRICS]) == [DAY]


@pytest.mark.parametrize("forgotten", [1, 4])
def test_late_check_goes_by_what_silver_recorded_when_bronze_s_log_has_forgotten_the_version(
    spark: SparkSession, lake: LakeSettings, caplog: pytest.LogCaptureFixture, forgotten: int
) -> None:
    append(lake, METRICS, bronze_rows([sample(), b"x"]))
    append(lake, METRICS, bronze_rows([sample()]))
    counts = build(spark, lake, METRICS)
    for _ in range(3):
        append(lake, METRICS, bronze_rows([sample()]))
    forget(lake, METRICS.bronze, forgotten)
    assert check(lake, METRICS) == counts
    assert "version 1 of bronze.metrics has left its log; the 3 rows that silver recorded" in caplog.text


def test_late_check_finds_a_row_that_is_missing(spark: SparkSession, lake: LakeSettings) -> None:
    append(lake, METRICS, bronze_rows([sample(), b"x"]))
    build(spark, lake, METRICS)
    append(lake, METRICS, bronze_rows([sample()]))
    forget(lake, METRICS.bronze, 1)
    DeltaTable(lake.table_uri("dead_letters.metrics")).delete()
    with pytest.raises(DayAccountError, match="bronze has 2 rows, its four tables 1"):
        check(lake, METRICS)


def test_check_does_not_take_a_store_that_is_away_for_a_version_that_is_gone(spark: SparkSession, lake: LakeSettings) -> None:
    append(lake, METRICS, bronze_rows([sample()]))
    build(spark, lake, METRICS)
    log = Path(lake.table_uri(METRICS.bronze)) / "_delta_log" / f"{0:020}.json"
    log.write_text("unreadable")
    with pytest.raises(StoreError):
        check(lake, METRICS)


def forget(lake: LakeSettings, address: str, commits: int) -> None:
    """Deletes the first commits from the table's log, as a driver does with those that left the retention."""
    DeltaTable(lake.table_uri(address)).create_checkpoint()
    for number in range(commits):
        (Path(lake.table_uri(address)) / "_delta_log" / f"{number:020}.json").unlink()
