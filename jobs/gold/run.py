"""silver → every gold table of one system and one day, and then the day's account.

    spark-submit jobs/gold/run.py --system commerce --day 2026-11-20

Also beside a Spark Connect server that the schedule uses: who writes a table holds its lease, and another waits
(jobs/common/commits.py). Where SPARK_REMOTE is set, `python jobs/gold/run.py` does the same through that server.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from importlib import import_module
from types import ModuleType

from pyspark.sql import DataFrame, SparkSession

from include.catalog import SCORED, UNDIVIDED, gold_tables, silver_tables
from include.contracts import load_contracts
from include.contracts.model import Contract
from include.day_rows import miscounted
from include.days import DayAccount, close, day_accounts
from include.delta_log import row_count, rows_by_day
from include.errors import DayAccountError
from include.lineage.build import read_newest, told_build
from include.settings import LakeSettings
from jobs.common.habitability_model import HabitabilityModel
from jobs.common.session import sized_for, spark_session
from jobs.common.tables import is_settled_empty, read_day, write_day

log = logging.getLogger(__name__)


def build_gold(
    spark: SparkSession,
    system: str,
    day: date,
    run_id: str,
    *,
    lake: LakeSettings | None = None,
    contracts: Sequence[Contract] | None = None,
) -> dict[str, int]:
    """Gold table → rows of the day, or all rows where the table has no days.

    Replaces the day in each table that has days, brings the others up to date with it, then closes the feeds' accounts in
    ops.day_accounts. Where silver has opened the accounts of some feeds alone, the tables that are computed from these alone are
    built: the others are as they were. Where none is open, all are built again, and the accounts stay as they are.

    An account that another run has changed meanwhile, or whose silver it was still writing, stays open, and so does one that says other
    numbers than silver's tables hold: that run's gold closes it, or the next one that builds the day, which is stale until then.
    Idempotent. Raises DayAccountError, before anything is written, where silver has not built the day.
    """
    lake = lake or LakeSettings.from_environment()
    contracts = tuple(contracts if contracts is not None else load_contracts().of_system(system))
    accounts = _accounts(lake, contracts, day)
    opened = [account for account in accounts if account.built_at is None]
    sources = opened or accounts
    every = gold_tables(system, [contract.feed for contract in contracts])
    tables = _computed_from(every, {account.feed for account in sources})
    with sized_for(spark, sum(account.silver_rows for account in sources)), ThreadPoolExecutor(3, "gold") as threads:
        of_days = [name for name in tables if name not in UNDIVIDED]
        list(threads.map(lambda name: build_table(spark, lake, name, tables[name], day, run_id), of_days))
        bring_up_to_date(spark, lake, tables, day, run_id)
    # A run that is late may have written silver over what this one has read, and its account tells nothing of it.
    overwritten = miscounted(lake, opened)
    kept = [account for account in opened if account.feed not in overwritten]
    changed = close(lake, day, kept, datetime.now(UTC), run_id) if kept else []
    if left := sorted({*changed, *overwritten}):
        told = "%s: another run has built silver of %s since this one began, or is at it; its gold closes the day, this run does not"
        log.warning(told, day, ", ".join(left))
    return {f"gold.{name}": _rows(lake, name, day) for name in every}


def bring_up_to_date(spark: SparkSession, lake: LakeSettings, tables: Iterable[str], day: date, run_id: str = "by hand") -> None:
    """Makes those of the tables that have no days what the others say, as far as that day is concerned. Idempotent."""
    for name in UNDIVIDED.intersection(tables):
        module = _module(name)
        with _told(lake, name, [module.SOURCE], day, run_id):
            module.bring_up_to_date(spark, lake, day)


def _told(lake: LakeSettings, name: str, sources: Sequence[str], day: date, run_id: str) -> AbstractContextManager[None]:
    return told_build(lake, f"gold.{name}", day, run_id, lambda: [read_newest(lake, each, day) for each in sources], [f"gold.{name}"])


def build_table(spark: SparkSession, lake: LakeSettings, name: str, sources: Sequence[str], day: date, run_id: str = "by hand") -> None:
    """One gold table's day. Gold of no silver rows is no rows. What a model says of a row, the one says that serves now."""
    rows = sum(rows_by_day(lake, f"silver.{source}").get(day, 0) for source in sources)
    if not rows and is_settled_empty(lake, f"gold.{name}", day):
        return
    with _told(lake, name, [f"silver.{source}" for source in sources], day, run_id):
        frames = [read_day(spark, lake, f"silver.{source}", day) for source in sources]
        models = [HabitabilityModel.serving(lake)] if name in SCORED else []
        write_day(_transform(name)(*frames, *models), rows, lake, f"gold.{name}", day)


def _computed_from(tables: Mapping[str, tuple[str, ...]], feeds: set[str]) -> dict[str, tuple[str, ...]]:
    """The tables that need silver of any of these feeds."""
    changed = {name for feed in feeds for name in silver_tables(feed)}
    return {name: sources for name, sources in tables.items() if changed.intersection(sources)}


def _accounts(lake: LakeSettings, contracts: Sequence[Contract], day: date) -> list[DayAccount]:
    found = [each for each in day_accounts(lake, [contract.feed for contract in contracts], day) if not each.is_begun]
    missing = sorted({contract.feed for contract in contracts} - {account.feed for account in found})
    if missing:
        raise DayAccountError("silver has not built the day", where=str(day), value=missing, fix="run silver for this day first")
    return found


def _rows(lake: LakeSettings, name: str, day: date) -> int:
    address = f"gold.{name}"
    return row_count(lake, address) if name in UNDIVIDED else rows_by_day(lake, address).get(day, 0)


def _transform(name: str) -> Callable[..., DataFrame]:
    return getattr(_module(name), name)


def _module(name: str) -> ModuleType:
    return import_module(f"jobs.gold.{name}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--system", required=True, help="as in include/schemas/<system>")
    parser.add_argument("--day", required=True, type=date.fromisoformat, help="a UTC day, YYYY-MM-DD")
    parser.add_argument("--run-id", default="by hand", help="who built it, for ops.day_accounts")
    asked = parser.parse_args()
    lake = LakeSettings.from_environment()
    spark = spark_session(f"gold {asked.system} {asked.day}", lake)
    for table, rows in build_gold(spark, asked.system, asked.day, asked.run_id, lake=lake).items():
        print(table, rows)
    spark.stop()


if __name__ == "__main__":
    main()
