"""A day of a system, from bronze into silver and its other sides."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from include.catalog import side_tables, silver_tables
from include.contracts import Field, Rule
from include.days import WRITING, DayAccount, day_accounts, record
from include.delta_log import rows_by_day, version
from include.errors import FencedError
from include.lease import acquire
from include.settings import LakeSettings
from jobs.silver import run
from jobs.stream.bronze import SCHEMA
from tests.jobs.bronze_rows import DAY, NOON, append, bronze_row, bronze_rows
from tests.jobs.commerce import CONTRACTS, LOGS, METRICS, ORDERS, log, sample
from tests.jobs.days import build_day
from tests.jobs.silver.commerce_days import ALL, MIXED, build, check

pytestmark = pytest.mark.batch

NONE = {"bronze_rows": 0, "silver_rows": 0, "superseded_rows": 0, "quarantine_rows": 0, "dead_letter_rows": 0, "bronze_version": None}


def contents(lake: LakeSettings, address: str, *columns: str) -> list[dict[str, Any]]:
    table = DeltaTable(lake.table_uri(address)).to_pyarrow_table(columns=list(columns) or None)
    return sorted(table.to_pylist(), key=repr)


def test_every_row_of_the_day_ends_in_one_table(spark: SparkSession, lake: LakeSettings) -> None:
    append(lake, ORDERS, bronze_rows(MIXED))
    append(lake, LOGS, bronze_rows([log(), log(level="FATAL")]))
    counts = build(spark, lake)
    orders = {"bronze_rows": 7, "silver_rows": 2, "superseded_rows": 1, "quarantine_rows": 2, "dead_letter_rows": 2, "bronze_version": 0}
    logs = NONE | {"bronze_rows": 2, "silver_rows": 1, "quarantine_rows": 1, "bronze_version": 0}
    assert counts == {"commandes_json": orders, "logs_application": logs, "metrics": NONE}
    assert check(lake) == counts


def test_first_and_last_day_of_all_and_one_that_an_older_calendar_left_out_have_their_rows(spark: SparkSession, lake: LakeSettings) -> None:
    days = [date(1, 1, 1), date(1582, 10, 10), date.max]
    noons = [datetime(day.year, day.month, day.day, 12, tzinfo=UTC) for day in days]
    append(lake, METRICS, [bronze_row(sample(timestamp=noon.isoformat()), number, event_time=noon) for number, noon in enumerate(noons)])
    for day in days:
        build_day(spark, lake, "commerce", [METRICS], day)
    assert rows_by_day(lake, "silver.server_metrics") == rows_by_day(lake, "gold.server_load") == dict.fromkeys(days, 1)
    files = DeltaTable(lake.table_uri("gold.server_load_1m")).file_uris()
    kinds = {str(field.type) for uri in files for field in pq.read_schema(uri.removeprefix("file://"))}
    assert not [kind for kind in kinds if "[ns" in kind]  # which ends in 2262


def test_bad_rows_say_why_and_keep_their_bytes(spark: SparkSession, lake: LakeSettings) -> None:
    append(lake, ORDERS, bronze_rows(MIXED))
    build(spark, lake, ORDERS)
    assert contents(lake, "dead_letters.commandes_json", "value", "reason") == [
        {"value": None, "reason": "empty"},
        {"value": b"\xff", "reason": "not_utf8"},
    ]
    assert contents(lake, "quarantine.commandes_json", "offset", "reasons") == [
        {"offset": 3, "reasons": ["rule:total_matches"]},
        {"offset": 6, "reasons": ["min_length:items"]},
    ]
    assert contents(lake, "superseded.commandes_json", "offset", "superseded_by_offset") == [{"offset": 0, "superseded_by_offset": 2}]


def test_day_without_rows_is_a_success_with_all_tables(spark: SparkSession, lake: LakeSettings) -> None:
    assert build(spark, lake) == dict.fromkeys(CONTRACTS, NONE)
    assert check(lake) == dict.fromkeys(CONTRACTS, NONE)
    addresses = {address for contract in ALL for address in side_tables(contract.feed).values()} | {"silver.order_items"}
    assert {address: rows_by_day(lake, address) for address in addresses} == {address: {} for address in addresses}


def test_rerun_changes_no_row(spark: SparkSession, lake: LakeSettings) -> None:
    append(lake, ORDERS, bronze_rows(MIXED))
    tables = [f"silver.{name}" for name in silver_tables(ORDERS.feed)] + list(side_tables(ORDERS.feed).values())
    found = []
    for _ in range(2):
        build(spark, lake, ORDERS)
        found.append({address: contents(lake, address) for address in tables})
    assert found[0] == found[1]


def test_late_rows_change_their_own_day_alone(spark: SparkSession, lake: LakeSettings) -> None:
    before = bronze_row(sample(timestamp="2026-11-19T12:00:00Z"), 0, event_time=NOON - timedelta(days=1))
    append(lake, METRICS, [before, bronze_row(sample(), 1)])
    build(spark, lake, METRICS)
    build(spark, lake, METRICS, day=DAY - timedelta(days=1))
    append(lake, METRICS, [before | {"offset": 2}])
    build(spark, lake, METRICS, day=DAY - timedelta(days=1))
    assert rows_by_day(lake, "silver.server_metrics") == {DAY: 1, DAY - timedelta(days=1): 2}


def test_field_that_a_contract_gets_later_is_a_column_from_the_next_build_on(spark: SparkSession, lake: LakeSettings) -> None:
    later = replace(METRICS, version="1.1.0", fields=(*METRICS.fields, Field("disk_pct", "double")))
    append(lake, METRICS, bronze_rows([sample(disk_pct=7)]))
    build(spark, lake, METRICS)
    before = "disk_pct" in contents(lake, "silver.server_metrics")[0]
    build(spark, lake, later)
    assert (before, contents(lake, "silver.server_metrics", "disk_pct")) == (False, [{"disk_pct": 7.0}])


def test_row_that_was_bad_and_is_repaired_leaves_quarantine(spark: SparkSession, lake: LakeSettings) -> None:
    append(lake, METRICS, bronze_rows([sample(cpu_pct=101)]))
    build(spark, lake, METRICS)
    write_deltalake(DeltaTable(lake.table_uri(METRICS.bronze)), pa.Table.from_pylist(bronze_rows([sample()]), SCHEMA), mode="overwrite")
    build(spark, lake, METRICS)
    assert [rows_by_day(lake, address).get(DAY, 0) for address in ("quarantine.metrics", "silver.server_metrics")] == [0, 1]


def test_rows_that_arrive_meanwhile_are_the_next_build_s(spark: SparkSession, lake: LakeSettings) -> None:
    append(lake, METRICS, bronze_rows([sample()]))
    build(spark, lake, METRICS)
    append(lake, METRICS, bronze_rows([sample(), b"x"]))
    assert check(lake, METRICS)["metrics"]["bronze_rows"] == 1


def test_account_is_open_and_its_run_s_until_gold_is_built(spark: SparkSession, lake: LakeSettings) -> None:
    append(lake, METRICS, bronze_rows([sample()]))
    build(spark, lake, METRICS)
    assert day_accounts(lake, ["metrics"]) == [DayAccount("metrics", DAY, 1, 1, 0, 0, 0, 0, None, "by hand")]


def test_closed_account_is_opened_before_anything_is_replaced(spark: SparkSession, lake: LakeSettings) -> None:
    record(lake, DAY, [DayAccount("metrics", DAY, 1, 1, 0, 0, 0, 0, NOON, "an earlier run")])
    append(lake, METRICS, bronze_rows([sample()]))
    broken = replace(METRICS, rules=(Rule("known", "no_such_field > 1"),))
    with pytest.raises(AnalysisException, match="no_such_field"):
        build(spark, lake, broken)
    assert [account.built_at for account in day_accounts(lake, ["metrics"])] == [None]


@pytest.mark.parametrize("built_before", [True, False], ids=["built before", "first"])
def test_a_run_is_refused_where_another_has_written_silver_of_the_day_meanwhile(
    spark: SparkSession, lake: LakeSettings, monkeypatch: pytest.MonkeyPatch, built_before: bool
) -> None:
    append(lake, METRICS, bronze_rows([sample()]))
    if built_before:
        build(spark, lake, METRICS)
    build_feed, written = run.build_feed, []

    def build_beside_another_run(*asked: object) -> DayAccount:
        monkeypatch.setattr(run, "build_feed", build_feed)
        run.build_silver(spark, "commerce", DAY, "another", lake=lake, contracts=[METRICS])
        written.append(version(lake, "silver.server_metrics"))
        return build_feed(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(run, "build_feed", build_beside_another_run)
    with pytest.raises(FencedError, match=r"another run has written silver of this day meanwhile.*metrics, 2026.*another"):
        build(spark, lake, METRICS)
    assert [version(lake, "silver.server_metrics")] == written  # by the other alone
    build(spark, lake, METRICS)
    assert [account.run_id for account in day_accounts(lake, ["metrics"])] == ["by hand"]


def test_run_that_waits_for_a_table_is_refused_where_another_has_begun_with_the_day_meanwhile(
    spark: SparkSession, lake: LakeSettings, caplog: pytest.LogCaptureFixture
) -> None:
    append(lake, METRICS, bronze_rows([sample()]))
    build(spark, lake, METRICS)
    written = version(lake, "silver.server_metrics")
    with ThreadPoolExecutor(1) as threads, caplog.at_level("WARNING"):
        another = acquire(lake, "table-silver.server_metrics")
        another.keep()
        try:
            waiting = threads.submit(build, spark, lake, METRICS)
            until = time.monotonic() + 60
            while "silver.server_metrics is held by" not in caplog.text:
                assert time.monotonic() < until
                time.sleep(0.05)
            (account,) = day_accounts(lake, ["metrics"])
            record(lake, DAY, [replace(account, run_id=f"{WRITING}another")])
        finally:
            another.release()
        with pytest.raises(FencedError, match="another run has written silver of this day meanwhile"):
            waiting.result()
    assert version(lake, "silver.server_metrics") == written


def test_empty_day_writes_nothing_the_second_time(spark: SparkSession, lake: LakeSettings) -> None:
    build(spark, lake, METRICS)
    versions = [version(lake, address) for address in side_tables(METRICS.feed).values()]
    build(spark, lake, METRICS)
    assert [version(lake, address) for address in side_tables(METRICS.feed).values()] == versions
