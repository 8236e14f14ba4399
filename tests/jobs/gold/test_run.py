"""A day of a system, from silver into gold, and the day's account."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from deltalake import DeltaTable, write_deltalake
from pyspark.sql import SparkSession

from include.catalog import GOLD
from include.days import day_accounts, record, stale_days
from include.delta_log import rows_by_day
from include.errors import DayAccountError
from include.settings import LakeSettings
from jobs.gold import run
from jobs.gold.run import build_gold
from jobs.silver import run as silver
from jobs.silver.run import build_silver
from tests.jobs.bronze_rows import DAY, append, bronze_rows
from tests.jobs.commerce import CONTRACTS, LOGS, METRICS, ORDERS, log, order, sample

pytestmark = pytest.mark.batch

ALL = tuple(CONTRACTS.values())


def build(spark: SparkSession, lake: LakeSettings, run_id: str = "run") -> dict[str, int]:
    build_silver(spark, "commerce", DAY, lake=lake, contracts=ALL)
    return build_gold(spark, "commerce", DAY, run_id, lake=lake, contracts=ALL)


def test_all_gold_tables_of_the_system_are_built_and_the_day_is_closed(spark: SparkSession, lake: LakeSettings) -> None:
    append(lake, ORDERS, bronze_rows([order(1), order(2, customer_id="C2"), b"x"]))
    append(lake, LOGS, bronze_rows([log(), log(level="ERROR")]))
    append(lake, METRICS, bronze_rows([sample(), sample(server="db-1")]))
    expected = {"product_sales": 1, "customer_orders": 2, "customer_orders_1m": 2, "log_levels": 2, "log_levels_1m": 1}
    expected |= {"module_durations": 1, "server_load": 2, "server_load_1m": 2}
    assert build(spark, lake) == {f"gold.{name}": rows for name, rows in expected.items()}
    sales = DeltaTable(lake.table_uri("gold.product_sales")).to_pyarrow_table().to_pylist()
    assert [(row["product_id"], row["revenue"]) for row in sales] == [("P1", Decimal("20.0000"))]
    accounts = day_accounts(lake, CONTRACTS)
    assert [(account.feed, account.bronze_rows, account.run_id) for account in accounts] == [
        ("commandes_json", 3, "run"),
        ("logs_application", 2, "run"),
        ("metrics", 2, "run"),
    ]
    assert all(account.built_at for account in accounts)
    assert stale_days(lake, ALL) == []


def test_day_without_rows_is_a_success_and_its_gold_is_emptied(spark: SparkSession, lake: LakeSettings) -> None:
    append(lake, METRICS, bronze_rows([sample()]))
    build(spark, lake)
    DeltaTable(lake.table_uri(METRICS.bronze)).delete()
    assert build(spark, lake) == {f"gold.{name}": 0 for name in GOLD["commerce"]}


def test_gold_without_silver_writes_nothing_and_says_what_to_run(spark: SparkSession, lake: LakeSettings) -> None:
    with pytest.raises(DayAccountError, match="run silver for this day first"):
        build_gold(spark, "commerce", DAY, "run", lake=lake, contracts=ALL)
    assert rows_by_day(lake, "gold.product_sales") == {}


def test_broken_contract_stops_the_tables_of_its_own_feed_alone(spark: SparkSession, lake: LakeSettings) -> None:
    append(lake, METRICS, bronze_rows([sample()]))
    build_silver(spark, "commerce", DAY, lake=lake, contracts=[METRICS])
    assert build_gold(spark, "commerce", DAY, "run", lake=lake, contracts=[METRICS]) == {"gold.server_load": 1, "gold.server_load_1m": 1}


def test_rows_that_come_later_make_the_day_stale_again(spark: SparkSession, lake: LakeSettings) -> None:
    append(lake, METRICS, bronze_rows([sample()]))
    build(spark, lake)
    append(lake, METRICS, bronze_rows([replaced(1), replaced(2)]))
    before = stale_days(lake, ALL)
    build(spark, lake)
    assert (before, stale_days(lake, ALL)) == ([DAY], [])


def replaced(number: int) -> dict[str, object]:
    return sample(server=f"web-{number}")


def test_silver_alone_leaves_the_day_stale(spark: SparkSession, lake: LakeSettings) -> None:
    append(lake, METRICS, bronze_rows([sample()]))
    build(spark, lake)
    build_silver(spark, "commerce", DAY, lake=lake, contracts=ALL)
    assert stale_days(lake, ALL) == [DAY]


def test_other_days_stay_as_they_are(spark: SparkSession, lake: LakeSettings) -> None:
    append(lake, METRICS, bronze_rows([sample()]))
    build(spark, lake)
    other = DAY + timedelta(days=1)
    build_silver(spark, "commerce", other, lake=lake, contracts=ALL)
    build_gold(spark, "commerce", other, "next", lake=lake, contracts=ALL)
    assert rows_by_day(lake, "gold.server_load") == {DAY: 1}
    assert [account.run_id for account in day_accounts(lake, ["metrics"])] == ["run", "next"]
    assert replace(day_accounts(lake, ["metrics"], other)[0], built_at=None).bronze_rows == 0


def test_gold_leaves_a_day_open_whose_silver_another_run_has_built_meanwhile(
    spark: SparkSession, lake: LakeSettings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    append(lake, METRICS, bronze_rows([sample()]))
    build_silver(spark, "commerce", DAY, lake=lake, contracts=ALL)
    build_table = run.build_table

    def build_beside_another_run(*asked: object) -> None:
        build_table(*asked)  # type: ignore[arg-type]
        if asked[2] == "server_load":
            append(lake, METRICS, bronze_rows([replaced(2), replaced(3)]))
            build_silver(spark, "commerce", DAY, lake=lake, contracts=[METRICS])

    monkeypatch.setattr(run, "build_table", build_beside_another_run)
    build_gold(spark, "commerce", DAY, "first", lake=lake, contracts=ALL)
    monkeypatch.undo()
    states = [(account.feed, account.bronze_rows, account.run_id) for account in day_accounts(lake, CONTRACTS)]
    assert states == [("commandes_json", 0, "first"), ("logs_application", 0, "first"), ("metrics", 3, "by hand")]
    assert stale_days(lake, ALL) == [DAY]
    assert "another run has built silver of metrics" in caplog.text
    build_gold(spark, "commerce", DAY, "second", lake=lake, contracts=ALL)
    assert (rows_by_day(lake, "gold.server_load"), stale_days(lake, ALL)) == ({DAY: 3}, [])


def test_gold_leaves_a_day_open_over_whose_silver_a_run_that_was_late_has_written(
    spark: SparkSession, lake: LakeSettings, caplog: pytest.LogCaptureFixture
) -> None:
    append(lake, METRICS, bronze_rows([sample(), sample(server="web-2")]))
    build_silver(spark, "commerce", DAY, lake=lake, contracts=[METRICS])
    silver = DeltaTable(lake.table_uri("silver.server_metrics"))
    write_deltalake(silver, silver.to_pyarrow_table().slice(0, 1), mode="overwrite")  # as one wrote it that had seen a row less
    build_gold(spark, "commerce", DAY, "first", lake=lake, contracts=[METRICS])
    assert stale_days(lake, [METRICS]) == [DAY]
    assert "another run has built silver of metrics" in caplog.text


def test_gold_leaves_a_day_open_that_another_run_has_begun_to_build_and_died(
    spark: SparkSession, lake: LakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(lake, METRICS, bronze_rows([sample()]))
    build_silver(spark, "commerce", DAY, "first", lake=lake, contracts=[METRICS])
    build_gold(spark, "commerce", DAY, "first", lake=lake, contracts=[METRICS])
    build_silver(spark, "commerce", DAY, "second", lake=lake, contracts=[METRICS])
    build_table = run.build_table

    def build_beside_a_run_that_dies(*asked: object) -> None:
        build_table(*asked)  # type: ignore[arg-type]
        monkeypatch.setattr(silver, "build_feed", lambda *asked: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            build_silver(spark, "commerce", DAY, "third", lake=lake, contracts=[METRICS])

    monkeypatch.setattr(run, "build_table", build_beside_a_run_that_dies)
    build_gold(spark, "commerce", DAY, "second", lake=lake, contracts=[METRICS])

    # The third may have replaced one of silver's tables, and gold of the second may have read it.
    assert [(account.built_at, account.run_id) for account in day_accounts(lake, ["metrics"])] == [(None, "writing:third")]
    assert stale_days(lake, [METRICS]) == [DAY]


def test_gold_of_older_silver_does_not_close_a_day_that_another_run_has_built_with_the_same_numbers(
    spark: SparkSession, lake: LakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(lake, METRICS, bronze_rows([sample()]))
    build_silver(spark, "commerce", DAY, "first", lake=lake, contracts=[METRICS])
    build_table = run.build_table

    def build_beside_another_run(*asked: object) -> None:
        build_table(*asked)  # type: ignore[arg-type]
        if asked[2] == "server_load":
            build_silver(spark, "commerce", DAY, "second", lake=lake, contracts=[METRICS])

    monkeypatch.setattr(run, "build_table", build_beside_another_run)
    build_gold(spark, "commerce", DAY, "first", lake=lake, contracts=[METRICS])
    assert [(account.built_at, account.run_id) for account in day_accounts(lake, ["metrics"])] == [(None, "second")]


def test_gold_built_again_of_a_closed_day_leaves_its_account_as_it_is(spark: SparkSession, lake: LakeSettings) -> None:
    append(lake, METRICS, bronze_rows([sample()]))
    build_silver(spark, "commerce", DAY, "first", lake=lake, contracts=[METRICS])
    build_gold(spark, "commerce", DAY, "first", lake=lake, contracts=[METRICS])
    record(lake, DAY, [replace(each, run_id="undo:20261120T093000-0a1b2c") for each in day_accounts(lake, ["metrics"])])
    before = day_accounts(lake, ["metrics"])
    build_gold(spark, "commerce", DAY, "second", lake=lake, contracts=[METRICS])
    assert day_accounts(lake, ["metrics"]) == before
