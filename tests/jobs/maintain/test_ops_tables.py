"""Upkeep of the tables of the layer ops, and what is noted of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from include.days import DayAccount, day_accounts, record
from include.maintenance import MAINTENANCE, Maintained, MaintenanceSettings, chosen, put, spark_tables
from include.ops_tables import get_rows
from include.settings import LakeSettings
from jobs.maintain.ops_tables import FEW_FILES, maintain
from tests.jobs.bronze_rows import DAY, NOON

WEEK = MaintenanceSettings()
BUILT = DayAccount("metrics", DAY, 2, 1, 0, 1, 0, 0, NOON, "run")
DONE = Maintained("gold.planets", NOON, NOON, 3, 1, 300, 100, 1, 2, "run")
DAYS = [DAY + timedelta(days=number) for number in range(FEW_FILES + 2)]


def build(lake: LakeSettings) -> None:
    for day in DAYS:
        for feed in ("metrics", "clicks"):
            record(lake, day, [replace(BUILT, feed=feed, event_date=day)])


def test_accounts_are_the_same_in_fewer_files(lake: LakeSettings) -> None:
    build(lake)
    before = day_accounts(lake, ["metrics", "clicks"])
    planned, done = maintain(lake, "ops.day_accounts", WEEK, "run", dry_run=True), maintain(lake, "ops.day_accounts", WEEK, "run")
    assert planned is not None
    assert done is not None
    assert (planned.files_after, done.files_before, done.files_after) == (2 * len(DAYS), 2 * len(DAYS), len(DAYS))
    assert day_accounts(lake, ["metrics", "clicks"]) == before


def test_accounts_are_written_while_the_table_is_looked_after(lake: LakeSettings) -> None:
    build(lake)
    with ThreadPoolExecutor(2) as threads:
        caring = threads.submit(lambda: [maintain(lake, "ops.day_accounts", WEEK, "run") for _ in range(3)])
        for day in DAYS:
            record(lake, day, [replace(BUILT, event_date=day, bronze_rows=9)])
        caring.result()
    assert [account.bronze_rows for account in day_accounts(lake, ["metrics"])] == [9] * len(DAYS)


def test_table_that_is_not_there_is_left_out(lake: LakeSettings) -> None:
    assert maintain(lake, "ops.nothing", WEEK, "run") is None


def test_what_a_run_did_is_noted_once(lake: LakeSettings) -> None:
    for _ in range(2):
        put(lake, [DONE, replace(DONE, table="gold.traffic_5m")])
    put(lake, [replace(DONE, run_id="next")])
    found = sorted((row["run_id"], row["table"], row["files_after"]) for row in get_rows(lake, MAINTENANCE))
    assert found == [("next", "gold.planets", 1), ("run", "gold.planets", 1), ("run", "gold.traffic_5m", 1)]


def test_what_a_later_try_did_is_noted_beside_what_the_first_one_did(lake: LakeSettings) -> None:
    put(lake, [DONE, replace(DONE, table="gold.traffic_5m")])
    put(lake, [replace(DONE, started_at=DONE.started_at + timedelta(hours=1), files_before=1)])
    assert sorted((row["table"], row["files_before"]) for row in get_rows(lake, MAINTENANCE)) == [
        ("gold.planets", 1),
        ("gold.planets", DONE.files_before),
        ("gold.traffic_5m", DONE.files_before),
    ]


def test_every_table_that_spark_writes_is_looked_after_and_none_of_the_streams() -> None:
    tables = spark_tables()
    assert {"silver.order_items", "quarantine.clicks", "gold.planets", "gold.model_runs"} <= set(tables)
    assert not [address for address in tables if address.split(".")[0] in ("bronze", "live", "ops")]
    assert chosen([], tables) == tables
    assert chosen(["gold.planets"], tables) == ["gold.planets"]
