"""The daily batch of one system, so that a DAG file only says which system, and what is special about it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from airflow.sdk import DAG, CronDataIntervalTimetable, get_current_context, task, task_group

from include.catalog import gold_tables, silver_tables
from include.contract_files import contracts_folder, feeds_by_system
from include.errors import ContractError
from lakehouse import assets
from lakehouse.built_rows import log_gold, log_silver, tell_assets
from lakehouse.defaults import documented, task_defaults
from lakehouse.publishing import publish_after
from lakehouse.run_days import day_param, is_scheduled, requested_by
from lakehouse.sensors import IntervalCompleteSensor, KafkaLagSensor, TableFreshnessSensor

if TYPE_CHECKING:
    from include.contracts.model import Contract

log = logging.getLogger(__name__)

SPARK_CONNECTION = "spark_connect"
# Tasks that build days, of whichever DAG: the slots of the pool say how many do at once. It has to be there (local/airflow_pool.py).
BUILDS_DAYS = {"conn_id": SPARK_CONNECTION, "pool": "spark"}
# Each day is one mapped task group, and Airflow refuses more than core.max_map_length of them.
MOST_DAYS = 1000
BY_DAY = "{{ task.op_kwargs['day'] }}"
# What holds for the daily batch of every system, for the documentation of its DAG.
DAYS_AND_FAILURES = """
**Which days**

The UTC day of the run's data interval, or the day given in the form; a scheduled or manual run also builds every past day
that new rows touched since it was last built, a backfill, and a run with *only these days*, its own alone. Of such a past day the
tables of the touched feeds are replaced, of a day that was asked for all tables: a whole day each, so building it again changes
nothing when nothing new came, and a day without records is a success with zero rows. A call of the API that means a data interval
has to name a logical date with it: Airflow drops an interval that comes without one, and the run builds yesterday.

**On failure**

- `bronze_complete`, `not_late`, `not_stale`: the stream is behind or down, and the log says by how much. Look at the DAG `streams`
  and `headwater status`, then clear the task.
- `silver`, `gold`: the log has Spark's error. Clearing is always safe, alone or with what follows.
- `silver`, *RebuildRefused*: bronze has lost rows that the day was built from, and silver would lose them too. Feeds of which it has not
  are built where there are any; `rebuild` with *force* builds the others all the same.
- `check`, "do not add up": rows of the day are in no table, or in two; the log names feed and counts. Clear `silver` of that day
  with what follows; if it fails again, keep the tables as they are and look for who else writes to them.
- `check`, "too much of the day": more of a feed's rows are in quarantine and dead letters than its contract allows; the log names
  share, limit and reasons. Gold keeps what it had, and the day is built again with each run until that is mended. See `replay_quarantine`.
- `publish`, where a gold table of the system is published: PostgreSQL is away, or has another table of that name; gold is done. Clearing
  is safe, and the next run publishes what this one did not.
"""


def daily_dag(system: str, about: str) -> DAG:
    """The DAG of a system's daily batch: a run at each midnight, for the UTC day that has just ended. `about` is its documentation,
    which what holds for every system follows; its tasks are `daily_flow`."""
    return DAG(
        f"daily_{system}",
        **documented(about + DAYS_AND_FAILURES),
        schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
        catchup=False,
        max_active_runs=1,
        max_active_tasks=3,
        params=day_param(),
        default_args=task_defaults(),
        tags=[system, "daily"],
    )


def chosen_days(requested: Sequence[date], alone: bool, stale: Sequence[date], today: date) -> list[date]:
    """The days of a run in the order in which they are built: those asked for, then the newest first; at most MOST_DAYS.

    A stale day that is left out is still stale for the next run. Of the days asked for none may be left out: raises
    SettingsError where they alone are too many.
    """
    from include.days import days_to_build
    from include.errors import SettingsError

    if len(requested) > MOST_DAYS:
        fix = f"ask for at most {MOST_DAYS} days a run, or use a backfill, whose runs have a day each"
        asked = f"{requested[0]} to {requested[-1]}, {len(requested)} days"
        raise SettingsError("one run cannot build so many days", where="the run's data interval", value=asked, fix=fix)
    days = {day for asked in requested for day in days_to_build(asked, alone, stale, today)}
    ordered = [*requested, *sorted(days.difference(requested), reverse=True)]
    if len(ordered) > MOST_DAYS:
        log.warning("%d days are to be built, this run takes %d; the next runs take the other stale ones", len(ordered), MOST_DAYS)
    return ordered[:MOST_DAYS]


def daily_flow(system: str, *, wait: timedelta = timedelta(hours=1), days_at_once: int = 1) -> None:
    """The tasks of a system's daily batch, within a DAG: bronze complete → not late, not stale → which days → each day, silver to gold.

    Their assets are the tables of all feeds that have a contract's file in the system; raises ContractError where none has.
    `days_at_once` holds for each of the two Spark tasks over all runs together, backfills too, and keeps two runs from building silver of
    the same day at the same time; the pool `spark` bounds those of all systems together: two are what two cores bear.
    """
    on_spark = {
        **BUILDS_DAYS,
        "map_index_template": BY_DAY,
        "max_active_tis_per_dag": days_at_once,
        "execution_timeout": timedelta(hours=2),
    }
    feeds = feeds_by_system().get(system, ())
    if not feeds:
        fix = f"put <feed>.odcs.yaml there, or remove dags/{system}"
        raise ContractError("the system has no contract", where=str(contracts_folder() / system), fix=fix)
    silver = [assets.table(f"silver.{name}") for feed in feeds for name in silver_tables(feed)]
    gold = [assets.table(f"gold.{name}") for name in gold_tables(system, feeds)]

    @task(task_id="days")
    def list_days() -> list[str]:
        """The days to build: those asked for and, unless the run is for them alone, the past days that new rows touched."""
        from include.days import stale_days, undone_days
        from include.settings import LakeSettings
        from lakehouse.triggers import system_contracts

        requested, alone = requested_by(get_current_context())
        lake, contracts = LakeSettings.from_environment(), system_contracts(system)
        stale = [] if alone else stale_days(lake, contracts)
        if undone := undone_days(lake, [contract.feed for contract in contracts]):
            log.warning("A person has undone the last build of %s: left alone unless asked for.", ", ".join(map(str, undone)))
        days = chosen_days(requested, alone, stale, datetime.now(UTC).date())
        log.info("Asked for: %s. To build: %s.", ", ".join(map(str, requested)), ", ".join(map(str, days)))
        return [day.isoformat() for day in days]

    @task_group(group_id="day")
    def build_day(day: str) -> None:
        @task.pyspark(task_id="silver", outlets=silver, **on_spark)
        def make_silver(day: str, spark):  # type: ignore[no-untyped-def]
            """Bronze of the day → silver, superseded, quarantine and dead letters. Replaces the day, of some feeds or of all."""
            from jobs.silver.run import build_silver

            contracts = feeds_to_build(system, date.fromisoformat(day))
            counts = build_silver(spark, system, date.fromisoformat(day), get_current_context()["run_id"], contracts=contracts)
            versions = tell_assets(silver, date.fromisoformat(day))
            log_silver(counts, versions, day)
            return counts

        @task(task_id="check", map_index_template=BY_DAY)
        def check_counts(day: str) -> dict[str, dict[str, int]]:
            """Each bronze row of the day is in exactly one table, and not too many are bad; fails with the feed of which it is not so."""
            from jobs.silver.run import check_day

            return check_day(system, date.fromisoformat(day))

        @task.pyspark(task_id="gold", outlets=gold, **on_spark)
        def make_gold(day: str, spark):  # type: ignore[no-untyped-def]
            """Silver of the day → gold, and the day's account. Replaces the day."""
            from jobs.gold.run import build_gold

            rows = build_gold(spark, system, date.fromisoformat(day), get_current_context()["run_id"])
            versions = tell_assets(gold, date.fromisoformat(day))
            log_gold(rows, versions, date.fromisoformat(day))
            return rows

        make_silver(day=day) >> check_counts(day=day) >> (built := make_gold(day=day))
        publish_after(built, gold_tables(system, feeds), day)

    complete = IntervalCompleteSensor(task_id="bronze_complete", system=system, timeout=wait)
    late = KafkaLagSensor(task_id="not_late", system=system, timeout=wait)
    stale = TableFreshnessSensor(task_id="not_stale", system=system, timeout=wait)
    days = list_days()
    complete >> [late, stale] >> days
    build_day.expand(day=days)


def feeds_to_build(system: str, day: date) -> Sequence[Contract]:
    """The contracts of the feeds whose tables the running task has to build for the day: of all feeds if the run was asked for it; else
    of those that new rows touched, and, if the task is tried again or was cleared, of those that its run has built.

    Left out are feeds of which bronze has lost rows that the day was built from, and, unless a person asked for the day, those whose last
    build a person has undone. Raises RebuildRefused where bronze has lost rows of all that are left.
    """
    from include.days import day_accounts, kept_by_bronze, touched_feeds
    from include.settings import LakeSettings
    from lakehouse.triggers import system_contracts

    context, contracts = get_current_context(), system_contracts(system)
    lake = LakeSettings.from_environment()
    if day not in requested_by(context)[0]:
        again = context["ti"].try_number > 1
        touched = touched_feeds(lake, contracts, day, context["run_id"] if again else "")
        log.info("New rows touched %s on %s; tables of other feeds stay as they are.", ", ".join(touched) or "no feed", day)
        contracts = [contract for contract in contracts if contract.feed in touched]
    elif is_scheduled(context):
        undone = {account.feed for account in day_accounts(lake, [contract.feed for contract in contracts], day) if account.undone}
        contracts = [contract for contract in contracts if contract.feed not in undone]
    return kept_by_bronze(lake, contracts, day)
