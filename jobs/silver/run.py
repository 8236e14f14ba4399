"""bronze → silver, superseded, quarantine and dead letters of one system and one day; grain: one row a bronze row. Also ops.drift and
ops.resolved_records: what the contract does not say of the day's records, and which of them left quarantine.

    spark-submit jobs/silver/run.py --system commerce --day 2026-11-20

Also beside a Spark Connect server that the schedule uses: who writes a table holds its lease, and another waits
(jobs/common/commits.py). Where SPARK_REMOTE is set, `python jobs/silver/run.py` does the same through that server.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from importlib import import_module

from pyspark.sql import DataFrame, SparkSession

from include.catalog import TRANSFORMED, side_tables, silver_tables
from include.contracts import load_contracts
from include.contracts.model import Contract
from include.days import WRITING, DayAccount, change, day_accounts, refuse_past_retention
from include.errors import FencedError
from include.lineage.build import Read, read_newest, told_build
from include.resolved import Build
from include.settings import LakeSettings
from jobs.common.session import sized_for, spark_session
from jobs.common.tables import is_settled_empty, read_bronze, write_day
from jobs.common.validate import judge, sides
from jobs.silver.check import check_day as check_day  # the schedule's task takes both from here
from jobs.silver.drift import record_drift, survey
from jobs.silver.resolution import record_resolved
from jobs.silver.typed_fields import typed_fields

Counts = dict[str, dict[str, int | None]]


def build_silver(
    spark: SparkSession,
    system: str,
    day: date,
    run_id: str = "by hand",
    *,
    lake: LakeSettings | None = None,
    contracts: Sequence[Contract] | None = None,
    forced: bool = False,
) -> Counts:
    """Feed → bronze_rows, silver_rows, superseded_rows, quarantine_rows, dead_letter_rows, bronze_version (None: no table yet).

    Opens the day in ops.day_accounts (no built_at), reads each bronze table at the version that it finds, replaces the day in every
    table, and writes the day's numbers, in the name of the run; gold closes it. A build that dies half way leaves a stale day. Idempotent.
    Raises RebuildRefused, before anything is written, where bronze does not keep the day any longer, unless `forced`; FencedError where
    another run has written silver of the day meanwhile: what is there may be of both.
    """
    lake = lake or LakeSettings.from_environment()
    contracts = contracts if contracts is not None else load_contracts().of_system(system)
    # What is pinned stays readable for hours: a day that is whole now is built whole, though bronze may give it up meanwhile.
    pins = [read_newest(lake, contract.bronze, day) for contract in contracts]
    if not forced:
        refuse_past_retention(lake, contracts, day)
    _open(lake, contracts, day, run_id)
    with sized_for(spark, sum(pinned.rows for pinned in pins)), ThreadPoolExecutor(3, "silver") as threads:
        done = list(threads.map(lambda contract, pinned: build_feed(spark, lake, contract, day, pinned, run_id), contracts, pins))
    _record(lake, day, done, run_id)
    return {account.feed: counts(account) for account in done}


def _open(lake: LakeSettings, contracts: Sequence[Contract], day: date, run_id: str) -> None:
    """Also an account that is open gets this run's name: another run's gold, which has seen it before, does not close it then; nor does
    one that sees it before silver is whole. A feed that has no account gets one without numbers: a run of the day that is as new, or was
    begun before, sees by it that it is not alone."""
    feeds = [contract.feed for contract in contracts]

    def opened(known: list[DayAccount]) -> list[DayAccount]:
        new = set(feeds) - {account.feed for account in known}
        begun = [DayAccount(feed, day, 0, 0, 0, 0, 0, None) for feed in sorted(new)]
        return [replace(account, built_at=None, run_id=f"{WRITING}{run_id}") for account in [*known, *begun]]

    change(lake, day, feeds, opened)


def _record(lake: LakeSettings, day: date, done: Sequence[DayAccount], run_id: str) -> None:
    """The numbers of what was built, where no other run has begun with any of these feeds' days since this one did."""

    def wanted(known: list[DayAccount]) -> Sequence[DayAccount]:
        _refuse_others(known, day, run_id)
        return done

    if done:
        change(lake, day, [account.feed for account in done], wanted)


def _refuse_others(known: Sequence[DayAccount], day: date, run_id: str) -> None:
    others = sorted({str(account.run_id) for account in known if account.run_id != f"{WRITING}{run_id}"})
    if others:
        where = f"{', '.join(sorted(account.feed for account in known))}, {day}"
        fix = "try again when that run is done: the day is built anew, whole"
        raise FencedError("another run has written silver of this day meanwhile", where=where, value=", ".join(others), fix=fix)


def build_feed(spark: SparkSession, lake: LakeSettings, contract: Contract, day: date, pinned: Read, run_id: str) -> DayAccount:
    """One feed's day. Its bronze is read and parsed once; the tables are filled from what Spark keeps of that.

    Idempotent: replaces the day in each of them; what leaves quarantine is written down before it does, so that no crash hides it.
    """
    rows: dict[str, int] = {}
    if pinned.rows or not all(is_settled_empty(lake, address, day) for address in _addresses(contract)):
        with told_build(lake, f"silver.{contract.feed}", day, run_id, lambda: [pinned], sorted(_addresses(contract))):
            rows = _build(spark, lake, contract, day, pinned, run_id)
    return DayAccount(
        feed=contract.feed,
        event_date=day,
        bronze_rows=pinned.rows,
        silver_rows=rows.get("current", 0),
        superseded_rows=rows.get("superseded", 0),
        quarantine_rows=rows.get("quarantine", 0),
        dead_letter_rows=rows.get("dead_letters", 0),
        bronze_version=pinned.version,
        run_id=run_id,
    )


def _build(spark: SparkSession, lake: LakeSettings, contract: Contract, day: date, pinned: Read, run_id: str) -> dict[str, int]:
    """Replaces the day in the feed's tables; side → its rows."""
    judged = judge(read_bronze(spark, lake, contract.feed, day, pinned.version), contract).persist()
    try:
        found = survey(judged)
        record_resolved(judged, lake, Build(contract.feed, day, contract.version, datetime.now(UTC), run_id))
        _write(judged, found.rows, lake, contract, day, run_id)
        record_drift(judged, found.groups, lake, contract, day)
    finally:
        judged.unpersist()
    return found.rows


def counts(account: DayAccount) -> dict[str, int | None]:
    """The account's numbers alone."""
    return {name: value for name, value in asdict(account).items() if name.endswith("_rows") or name == "bronze_version"}


def _addresses(contract: Contract) -> set[str]:
    return {f"silver.{name}" for name in silver_tables(contract.feed)} | set(side_tables(contract.feed).values())


def _write(judged: DataFrame, rows: dict[str, int], lake: LakeSettings, contract: Contract, day: date, run_id: str) -> None:
    """Refuses, for each table with its lease in hand, where another run has begun with the day: what judging, or the wait for the lease,
    took so long for may be older than its rows. Whoever begins after that writes after it, too."""
    frames = sides(judged, contract)
    tables = {f"silver.{name}": (table, "current") for name, table in _silver(frames.current, contract).items()}
    tables |= {address: (getattr(frames, side), side) for side, address in side_tables(contract.feed).items() if side != "current"}

    def refuse() -> None:
        _refuse_others(day_accounts(lake, [contract.feed], day), day, run_id)

    for address, (table, side) in tables.items():
        write_day(table, rows.get(side, 0), lake, address, day, refuse)


def _silver(current: DataFrame, contract: Contract) -> dict[str, DataFrame]:
    """The feed's silver tables by name."""
    if contract.feed in TRANSFORMED:
        return {name: _transform(name)(current) for name in TRANSFORMED[contract.feed]}
    (name,) = silver_tables(contract.feed)
    return {name: typed_fields(current, contract)}


def _transform(name: str) -> Callable[[DataFrame], DataFrame]:
    return getattr(import_module(f"jobs.silver.{name}"), name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--system", required=True, help="as in include/schemas/<system>")
    parser.add_argument("--day", required=True, type=date.fromisoformat, help="a UTC day, YYYY-MM-DD")
    asked = parser.parse_args()
    lake = LakeSettings.from_environment()
    spark = spark_session(f"silver {asked.system} {asked.day}", lake)
    build_silver(spark, asked.system, asked.day, lake=lake)
    for feed, numbers in check_day(asked.system, asked.day, lake=lake).items():
        print(feed, *[f"{name}={value}" for name, value in numbers.items()])
    spark.stop()


if __name__ == "__main__":
    main()
