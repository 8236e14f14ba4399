"""A system's day built again, what ops.rebuilds says of it, and back again."""

from __future__ import annotations

import shutil
from dataclasses import replace
from decimal import Decimal

import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from include import rebuilds
from include.days import day_accounts, stale_days, undone_days
from include.delta_log import version
from include.errors import RebuildRefused
from include.resolved import RESOLVED
from include.settings import LakeSettings
from jobs.maintain import restore
from tests.folder_lake import FolderLake
from tests.jobs.bronze_rows import DAY, append, bronze_row, bronze_rows
from tests.jobs.commerce import CONTRACTS, LOGS, METRICS, ORDERS, log, order, sample
from tests.jobs.days import build_day, contents
from tests.plugins.lakehouse.rebuilt_days import FEW, ID, rebuild, touched, undo
from tests.s3 import S3

pytestmark = pytest.mark.batch

ALL = tuple(CONTRACTS.values())
FEEDS = [METRICS.feed]
WIDER = replace(METRICS, fields=tuple(replace(each, maximum=Decimal(200)) if each.name == "cpu_pct" else each for each in METRICS.fields))


@pytest.fixture(scope="module")
def first(spark: SparkSession, store: S3, tmp_path_factory: pytest.TempPathFactory) -> FolderLake:
    """A lake whose day is built, with rows in silver and in quarantine."""
    lake = FolderLake.beside(store, tmp_path_factory.mktemp("built"))
    append(lake, METRICS, bronze_rows([sample(), sample(server="web-2", cpu_pct=101)]))
    build_day(spark, lake, "commerce", FEW)
    return lake


@pytest.fixture
def built(first: FolderLake, lake: FolderLake) -> FolderLake:
    """That lake, for the test alone."""
    shutil.copytree(first.folder, lake.folder, dirs_exist_ok=True)
    return lake


@pytest.mark.thorough  # jobs/test_rebuilt_equals_incremental.py compares such lakes, too
def test_rebuild_without_new_data_changes_no_row_of_any_table(spark: SparkSession, lake: LakeSettings) -> None:
    append(lake, ORDERS, bronze_rows([order(1), order(2), order(1, status="shipped"), order(3, total=0), b"\xff"]))
    append(lake, LOGS, bronze_rows([log(), log(level="ERROR", duration_ms=3.5), log(level="FATAL")]))
    append(lake, METRICS, bronze_rows([sample(), sample(server="web-2", cpu_pct=101)]))
    build_day(spark, lake, "commerce", ALL)
    before = contents(lake, "commerce", ALL)
    rows = rebuild(spark, lake, contracts=ALL)
    assert touched(rows) == {}
    assert all(row.rows_before == row.rows_after and row.ended_at for row in rows.values())
    assert contents(lake, "commerce", ALL) == before
    assert rebuilds.of_rebuild(lake, ID) == sorted(rows.values(), key=lambda row: row.table)


def test_proof_counts_what_came_went_and_changed_by_the_tables_keys(spark: SparkSession, lake: LakeSettings) -> None:
    append(lake, ORDERS, bronze_rows([order(1), order(2)]))
    build_day(spark, lake, "commerce", [ORDERS])
    append(lake, ORDERS, [bronze_row(order(2, customer_id="C2"), offset=9)])
    assert touched(rebuild(spark, lake, contracts=[ORDERS])) == {
        "bronze.commandes_json": (1, 0, 0),
        "silver.orders": (1, 1, 0),  # another record is the order's last state now
        "silver.order_items": (1, 1, 0),
        "superseded.commandes_json": (1, 0, 0),
        "gold.customer_orders": (1, 0, 1),
        "gold.customer_orders_1m": (1, 0, 1),
    }


def test_undo_gives_tables_and_account_back_in_a_commit_each_and_the_day_is_left_alone_until_asked_for(
    spark: SparkSession, built: LakeSettings
) -> None:
    before, accounts = contents(built, "commerce", FEW), day_accounts(built, FEEDS)
    append(built, METRICS, [bronze_row(sample(cpu_pct=70.0), offset=9), bronze_row(b"x", offset=10)])
    rows = rebuild(spark, built)
    after = contents(built, "commerce", FEW)
    back = undo(spark, built)
    assert contents(built, "commerce", FEW) == before
    mirrored = {table: (removed, added, changed) for table, (added, removed, changed) in touched(rows).items()}
    assert touched(back) == mirrored
    commits = {table: (version(built, table) or 0) - (row.version_after or 0) for table, row in rows.items() if table != METRICS.bronze}
    assert {table: number for table, number in commits.items() if number} == dict.fromkeys(mirrored.keys() - {METRICS.bronze}, 1)
    same = [replace(account, built_at=None, run_id=None) for account in day_accounts(built, FEEDS)]
    assert same == [replace(account, built_at=None, run_id=None) for account in accounts]
    assert (stale_days(built, FEW), undone_days(built, FEEDS)) == ([], [DAY])

    build_day(spark, built, "commerce", FEW)
    assert (contents(built, "commerce", FEW), undone_days(built, FEEDS)) == (after, [])
    with pytest.raises(RebuildRefused, match="was built, or given back, since"):
        undo(spark, built)
    assert contents(built, "commerce", FEW) == after
    assert undo(spark, built, forced=True)["silver.server_metrics"].rows_removed == 1


def test_undo_is_refused_before_anything_is_written_where_the_version_is_vacuumed(spark: SparkSession, built: LakeSettings) -> None:
    append(built, METRICS, [bronze_row(sample(), offset=9)])
    rebuild(spark, built)
    for address in ("gold.server_load", "silver.server_metrics"):
        DeltaTable(built.table_uri(address)).vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    before = contents(built, "commerce", FEW)
    with pytest.raises(RebuildRefused, match=r"the version to go back to is gone.*gold\.server_load 2026-11-20"):
        undo(spark, built, forced=True)
    assert contents(built, "commerce", FEW) == before


def test_undo_of_what_was_never_applied_is_refused(spark: SparkSession, lake: LakeSettings) -> None:
    with pytest.raises(RebuildRefused, match="this rebuild has not built the day"):
        undo(spark, lake)
    with pytest.raises(RebuildRefused, match="no day was built by this rebuild"):
        rebuilds.applied_days(lake, ID)


def test_apply_is_refused_where_bronze_lost_rows_and_forced_shows_what_went(spark: SparkSession, built: LakeSettings) -> None:
    DeltaTable(built.table_uri(METRICS.bronze)).delete('"offset" = 0')
    before = contents(built, "commerce", FEW)
    with pytest.raises(RebuildRefused, match="bronze has lost rows"):
        rebuild(spark, built)
    assert contents(built, "commerce", FEW) == before
    assert touched(rebuild(spark, built, forced=True))["silver.server_metrics"] == (0, 1, 0)


def test_a_day_that_was_never_built_is_emptied_by_undo_and_still_stale(spark: SparkSession, lake: LakeSettings) -> None:
    append(lake, METRICS, bronze_rows([sample()]))
    rebuild(spark, lake)
    undo(spark, lake)
    assert {table: rows for table, rows in contents(lake, "commerce", FEW).items() if rows} == {}
    assert (stale_days(lake, FEW), undone_days(lake, FEEDS)) == ([DAY], [])


def test_a_try_after_a_crash_still_knows_what_there_was_before_the_first(
    spark: SparkSession, built: LakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jobs.gold import run

    append(built, METRICS, [bronze_row(sample(), offset=9)])
    before = contents(built, "commerce", FEW)
    monkeypatch.setattr(run, "build_table", lambda *asked: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        rebuild(spark, built)
    monkeypatch.undo()
    assert touched(rebuild(spark, built))["silver.server_metrics"] == (1, 0, 0)
    undo(spark, built)
    assert contents(built, "commerce", FEW) == before


def test_a_rebuild_that_did_not_come_to_its_end_is_undone_by_force(
    spark: SparkSession, built: LakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jobs.silver import run

    before, accounts = contents(built, "commerce", FEW), [replace(each, built_at=None, run_id=None) for each in day_accounts(built, FEEDS)]
    append(built, METRICS, [bronze_row(sample(), offset=9)])
    monkeypatch.setattr(run, "check_day", lambda *asked, **named: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        rebuild(spark, built)
    assert contents(built, "commerce", FEW) != before
    with pytest.raises(RebuildRefused, match=r"has not built this day to its end; where.*force the undoing"):
        undo(spark, built)

    undo(spark, built, forced=True)

    assert contents(built, "commerce", FEW) == before
    assert [replace(each, built_at=None, run_id=None) for each in day_accounts(built, FEEDS)] == accounts
    assert (stale_days(built, FEW), undone_days(built, FEEDS)) == ([], [DAY])


def test_records_that_a_rebuild_let_out_of_quarantine_are_not_resolved_once_it_is_undone(spark: SparkSession, built: LakeSettings) -> None:
    rebuild(spark, built, contracts=[WIDER])
    assert RESOLVED.read(built, METRICS.feed, DAY)["run_id"].to_pylist() == [f"run of {ID}"]

    undo(spark, built, contracts=[WIDER])

    assert RESOLVED.read(built, METRICS.feed, DAY).num_rows == 0


def test_an_undo_that_died_is_refused_where_the_day_was_built_since(
    spark: SparkSession, built: LakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(built, METRICS, [bronze_row(sample(), offset=9)])
    rebuild(spark, built)
    monkeypatch.setattr(restore, "_restore", lambda *asked: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        undo(spark, built)
    monkeypatch.undo()
    append(built, METRICS, [bronze_row(sample(server="web-3"), offset=10)])
    build_day(spark, built, "commerce", FEW)
    after = contents(built, "commerce", FEW)
    with pytest.raises(RebuildRefused, match="was built, or given back, since"):
        undo(spark, built)
    assert contents(built, "commerce", FEW) == after
