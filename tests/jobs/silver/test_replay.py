"""Quarantine, judged again under a later contract, and the days built again that it lets rows out of."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from include.contracts import Contract
from include.days import day_accounts
from include.delta_log import rows_by_day, version
from include.resolved import RESOLVED
from include.settings import LakeSettings
from jobs.silver.replay import preview
from jobs.silver.run import build_silver, check_day
from tests.folder_lake import FolderLake
from tests.jobs.bronze_rows import DAY, NOON, append, bronze_row
from tests.jobs.commerce import METRICS, sample
from tests.s3 import S3

pytestmark = pytest.mark.batch

BEFORE, AFTER = DAY - timedelta(days=1), DAY + timedelta(days=1)
SIDES = ("silver.server_metrics", "superseded.metrics", "quarantine.metrics", "dead_letters.metrics")


def cpu_up_to(maximum: int, version: str) -> Contract:
    fields = tuple(replace(field, maximum=Decimal(maximum)) if field.name == "cpu_pct" else field for field in METRICS.fields)
    return replace(METRICS, version=version, fields=fields)


STRICT, WIDE = cpu_up_to(50, "0.9.0"), METRICS


def row(offset: int, day: date = DAY, **fields: Any) -> dict[str, Any]:
    when = NOON + (day - DAY)
    return bronze_row(sample(timestamp=when.isoformat(), **fields), offset, event_time=when)


def build(spark: SparkSession, lake: LakeSettings, contract: Contract, *days: date, run_id: str = "run") -> None:
    for day in days:
        build_silver(spark, "commerce", day, run_id, lake=lake, contracts=[contract])
        check_day("commerce", day, lake=lake, contracts=[contract])


@pytest.fixture(scope="module")
def built(spark: SparkSession, store: S3, tmp_path_factory: pytest.TempPathFactory) -> FolderLake:
    """Three days under a contract that is too strict: of one a row would pass, of another none, the third has no bad row."""
    lake = FolderLake.beside(store, tmp_path_factory.mktemp("built"))
    append(lake, METRICS, [row(0), row(1, cpu_pct=80), row(2, cpu_pct=120), row(3, BEFORE, cpu_pct=130), row(4, AFTER)])
    build(spark, lake, STRICT, BEFORE, DAY, AFTER)
    return lake


@pytest.fixture
def days(built: FolderLake, lake: FolderLake) -> FolderLake:
    """Those days, in a lake of the test's own."""
    shutil.copytree(built.folder, lake.folder, dirs_exist_ok=True)
    return lake


def contents(lake: LakeSettings, address: str) -> list[dict[str, Any]]:
    return sorted(DeltaTable(lake.table_uri(address)).to_pyarrow_table().to_pylist(), key=repr)


def test_quarantined_row_says_by_which_contract_and_since_when_and_a_rebuild_says_the_same(spark: SparkSession, days: LakeSettings) -> None:
    before = contents(days, "quarantine.metrics")
    assert {(each["contract_version"], each["first_seen"], each["topic_id"]) for each in before} == {("0.9.0", NOON, "topic-id")}
    build(spark, days, STRICT, DAY)
    assert contents(days, "quarantine.metrics") == before


def test_preview_says_what_passes_and_what_still_fails_and_writes_nothing(spark: SparkSession, days: LakeSettings) -> None:
    versions = {address: version(days, address) for address in (*SIDES, RESOLVED.address, "ops.day_accounts")}
    found = preview(spark, "metrics", lake=days, contract=WIDE)
    assert (found.passing, found.failing, found.days) == (1, 2, [DAY])
    assert str(found).splitlines() == [
        "metrics, contract 1.0.0: of 3 quarantined rows 1 would pass now, 2 still fail; days to build again: 1",
        "2026-11-19         1  maximum:cpu_pct (contract 0.9.0) → fail: maximum:cpu_pct",
        "2026-11-20         1  maximum:cpu_pct (contract 0.9.0) → pass",
        "2026-11-20         1  maximum:cpu_pct (contract 0.9.0) → fail: maximum:cpu_pct",
    ]
    assert {address: version(days, address) for address in versions} == versions


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        ({"reasons": ["maximum:cpu_pct"]}, 3),
        ({"reasons": ["minimum", "maximum"]}, 3),
        ({"reasons": ["max", "maximum:memory_pct"]}, 0),
        ({"first": DAY}, 2),
        ({"last": BEFORE}, 1),
        ({"first": AFTER}, 0),
    ],
)
def test_preview_is_of_the_reasons_and_days_that_were_asked_for(
    spark: SparkSession, days: LakeSettings, asked: dict[str, Any], rows: int
) -> None:
    found = preview(spark, "metrics", lake=days, contract=WIDE, **asked)
    assert found.passing + found.failing == rows


def test_applying_lets_out_what_passes_writes_it_down_and_leaves_other_days_and_a_second_time_changes_nothing(
    spark: SparkSession, days: LakeSettings
) -> None:
    others = {address: _files(days, address, BEFORE) | _files(days, address, AFTER) for address in SIDES}
    build(spark, days, WIDE, *preview(spark, "metrics", lake=days, contract=WIDE).days, run_id="replay__1")
    assert {address: _files(days, address, BEFORE) | _files(days, address, AFTER) for address in SIDES} == others
    assert [rows_by_day(days, address).get(DAY, 0) for address in SIDES] == [2, 0, 1, 0]
    (line,) = RESOLVED.read(days).to_pylist()
    assert (line["offset"], line["reasons_then"], line["contract_version_then"]) == (1, ["maximum:cpu_pct"], "0.9.0")
    assert (line["contract_version_now"], line["run_id"], line["reopened_at"]) == ("1.0.0", "replay__1", None)
    assert preview(spark, "metrics", lake=days, contract=WIDE).days == []
    rows, lines = {address: contents(days, address) for address in SIDES}, version(days, RESOLVED.address)
    build(spark, days, WIDE, DAY, run_id="replay__2")
    assert ({address: contents(days, address) for address in SIDES}, version(days, RESOLVED.address)) == (rows, lines)


def test_record_that_bronze_has_lost_leaves_quarantine_and_is_not_resolved(spark: SparkSession, days: LakeSettings) -> None:
    append(days, METRICS, [row(5, cpu_pct=90)])
    build(spark, days, STRICT, DAY)
    DeltaTable(days.table_uri(METRICS.bronze)).delete('"offset" = 1')
    build(spark, days, WIDE, DAY)
    assert [each["offset"] for each in contents(days, "quarantine.metrics") if each["event_date"] == DAY] == [2]
    assert [line["offset"] for line in RESOLVED.read(days).to_pylist()] == [5]


def test_record_that_fails_again_is_in_quarantine_again_and_that_is_told(
    spark: SparkSession, days: LakeSettings, caplog: pytest.LogCaptureFixture
) -> None:
    build(spark, days, WIDE, DAY)
    build(spark, days, cpu_up_to(60, "1.1.0"), DAY)
    assert "1 record back in quarantine, resolved once, for the contract 1.1.0" in caplog.text
    (line,) = RESOLVED.read(days).to_pylist()
    assert line["reopened_contract_version"] == "1.1.0"
    found = preview(spark, "metrics", lake=days, contract=WIDE)
    assert (found.again, found.passing) == (1, 1)


def test_day_of_which_bronze_has_lost_rows_is_left_out_and_the_preview_says_so(spark: SparkSession, days: LakeSettings) -> None:
    DeltaTable(days.table_uri(METRICS.bronze)).delete(f"event_date = '{DAY.isoformat()}'")
    found = preview(spark, "metrics", lake=days, contract=WIDE)
    assert (found.passing, found.days, found.lost) == (1, [], {DAY})
    head, left_out, _, passing, _ = str(found).splitlines()
    assert "days to build again: 0" in head
    assert left_out.startswith("rows that pass stay in quarantine on 1 further day: bronze has lost rows")
    assert passing.endswith("→ pass, but the day stays")


def test_preview_of_a_feed_that_was_never_built_is_of_nothing(spark: SparkSession, lake: LakeSettings) -> None:
    found = preview(spark, "metrics", lake=lake, contract=WIDE)
    assert (found.passing, found.failing, found.days, day_accounts(lake, ["metrics"])) == (0, 0, [], [])


def _files(lake: LakeSettings, address: str, day: date) -> set[str]:
    return {uri for uri in DeltaTable(lake.table_uri(address)).file_uris() if f"event_date={day}" in uri}
