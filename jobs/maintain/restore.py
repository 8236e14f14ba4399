"""Undoing a rebuild: a system's day back to what each of its tables held before it, read from Delta's own versions.

Silver, its other sides and gold go back in one commit a table. Tables without days follow from those that have them, as after a
build. The day's accounts say then what they said before, and that a person wants it so (`DayAccount.undone`). Until then they are
open in the undoing's name, and one that is another's by the end stays open: the next run builds the day.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial

from pyarrow.fs import FileType
from pyspark.sql import SparkSession

from include import rebuilds
from include.catalog import side_tables
from include.contracts.model import Contract
from include.days import UNDONE, WRITING, DayAccount, change, day_accounts
from include.delta_log import files_by_day, open_table, rows_by_day, version
from include.errors import RebuildRefused, StoreError
from include.grain import is_undivided
from include.lineage.build import Read, told_build
from include.rebuilds import APPLY, UNDO, Rebuilt
from include.resolved import RESOLVED, given_back
from include.settings import LakeSettings
from include.table_files import filesystem
from jobs.common.commits import SPARK_ERRORS
from jobs.common.tables import replace_day
from jobs.maintain.difference import Difference, at_version, difference
from jobs.maintain.given_back import files_of, is_as_left
from jobs.maintain.proof import begin, end

log = logging.getLogger(__name__)

# How Spark and Delta, and delta-rs as the last, say that what a version of a table is made of has been deleted.
_GONE = (
    *("FILE_NOT_EXIST", "FileNotFoundException", "DELTA_FILE_NOT_FOUND", "DELTA_VERSION_NOT_FOUND", "VersionNotFound"),
    "No table metadata or protocol found",
)


def undo_day(
    spark: SparkSession,
    lake: LakeSettings,
    rebuild_id: str,
    system: str,
    day: date,
    run_id: str,
    contracts: Sequence[Contract],
    bring_up_to_date: Callable[[Iterable[str]], None],
    forced: bool = False,
) -> list[Rebuilt]:
    """What was undone, as ops.rebuilds has it. `bring_up_to_date` is given the tables without days, by name.

    Raises RebuildRefused, before anything is written, where a version to go back to is gone or a run begins with the day at the same
    time, and, unless `forced`, where the rebuild did not come to its end with the day or the day was built again since, but for later
    rebuilds that were undone.
    Idempotent: a try after a crash goes on.
    """
    applied = rebuilds.of_day(lake, rebuild_id, APPLY, system, day)
    if not applied:
        raise RebuildRefused("this rebuild has not built the day", where=f"{system} {day}", value=rebuild_id, fix="look into ops.rebuilds")
    built = [contract for contract in contracts if contract.bronze in applied]
    feeds = [contract.feed for contract in built]
    accounts = day_accounts(lake, feeds, day)
    if not forced and any(row.ended_at is None for row in applied.values()):
        _refuse_unfinished(applied, accounts)
    earlier = rebuilds.of_day(lake, rebuild_id, UNDO, system, day).values()
    # A try that did not get to its end has left the accounts open, or given them back: nobody has built the day since.
    as_left = all(account.is_of(f"{UNDONE}{rebuild_id}") for account in accounts)
    goes_on = as_left and any(row.ended_at is None for row in earlier)
    if not (forced or goes_on):
        _refuse_if_built_since(lake, applied, accounts, feeds)
    back = _to_restore(spark, lake, applied)
    begun = begin(lake, rebuild_id, UNDO, system, day, run_id, built, contracts)
    _open(lake, day, feeds, accounts, rebuild_id)
    for row in back:
        with told_build(lake, f"undo.{row.table}", day, run_id, partial(_read_again, lake, row), [row.table]):
            _restore(spark, lake, row)
    began = min(row.started_at for row in applied.values())
    for feed in feeds:
        RESOLVED.change(lake, feed, day, partial(given_back, since=began))
    bring_up_to_date(row.table.removeprefix("gold.") for row in applied.values() if is_undivided(row.table))
    _give_back(lake, day, [_account(applied, feed, day, rebuild_id) for feed in feeds], rebuild_id)
    return end(spark, lake, begun, built)


def _open(lake: LakeSettings, day: date, feeds: Sequence[str], seen: Sequence[DayAccount], rebuild_id: str) -> None:
    def opened(accounts: list[DayAccount]) -> list[DayAccount]:
        if accounts != seen:
            others = sorted({str(account.run_id) for account in accounts if account not in seen})
            fix = "see what that run makes of the day, then undo"
            raise RebuildRefused("a run has begun with the day meanwhile", where=str(day), value=others, fix=fix)
        return [replace(account, built_at=None, run_id=f"{WRITING}{UNDONE}{rebuild_id}") for account in accounts]

    change(lake, day, feeds, opened)


def _give_back(lake: LakeSettings, day: date, accounts: Sequence[DayAccount], rebuild_id: str) -> None:
    """Makes these the day's accounts, but for those that another run has changed since they were opened: what its tables hold may be
    of both, so that no gold may close them."""
    mine, others = f"{WRITING}{UNDONE}{rebuild_id}", {}

    def given_back(now: list[DayAccount]) -> list[DayAccount]:
        others.clear()
        others.update({account.feed: account for account in now if account.run_id != mine})
        reopened = [replace(account, built_at=None, run_id=mine) for account in others.values()]
        return [*reopened, *(account for account in accounts if account.feed not in others)]

    change(lake, day, [account.feed for account in accounts], given_back)
    if others:
        who = ", ".join(f"{feed} by {account.run_id}" for feed, account in others.items())
        log.warning("%s: built beside this undoing: %s. The day stays open, and the next run builds it", day, who)


def _refuse_unfinished(applied: Mapping[str, Rebuilt], accounts: Sequence[DayAccount]) -> None:
    """Also says who has built the day since: to force is to take that back, too."""
    one, own = next(iter(applied.values())), {row.run_id for row in applied.values()}
    others = sorted({str(account.run_id) for account in accounts if account.built_at is not None and account.run_id not in own})
    since = f"; since then it was built by {', '.join(others)}, which forcing takes back, too" if others else ""
    raise RebuildRefused(
        f"the rebuild has not built this day to its end{since}",
        where=f"{one.system} {one.event_date}",
        value=one.rebuild_id,
        fix="apply it again, or, once no run of it is at work, force the undoing of this day",
    )


def _refuse_if_built_since(
    lake: LakeSettings, applied: Mapping[str, Rebuilt], accounts: Sequence[DayAccount], feeds: Sequence[str]
) -> None:
    run_id, one = {row.run_id for row in applied.values()}, next(iter(applied.values()))
    known = {account.feed: account for account in accounts}
    others = {
        feed: account.run_id if account and account.built_at else "open"
        for feed in feeds
        if (account := known.get(feed)) is None
        or account.built_at is None
        or (account.run_id not in run_id and not is_as_left(lake, applied, account))
    }
    if others:
        given_back = all(str(who).startswith(UNDONE) for who in others.values())
        later = "what was made between the two rebuilds is then gone too" if given_back else "what the later one made is then gone too"
        raise RebuildRefused(
            "the day was built, or given back, since this rebuild",
            where=f"{one.system} {one.event_date}: {', '.join(f'{feed} by {who}' for feed, who in others.items())}",
            value=one.rebuild_id,
            fix=f"{'force it' if given_back else 'undo the later one, or force it'}: {later}",
        )


def _to_restore(spark: SparkSession, lake: LakeSettings, applied: Mapping[str, Rebuilt]) -> list[Rebuilt]:
    """The tables whose day is not as it was before the rebuild. What cannot be read is said before anything is written."""
    found = []
    for row in applied.values():
        if row.table.startswith("bronze.") or is_undivided(row.table):
            continue
        try:
            if _differs(spark, lake, row):
                found.append(row)
        except (StoreError, *SPARK_ERRORS) as error:
            if not any(sign in str(error) for sign in _GONE):
                raise
            raise RebuildRefused(
                "the version to go back to is gone: maintenance has deleted its files, or its log has forgotten it",
                where=f"{row.table} {row.event_date}",
                value=row.version_before,
                fix="build the day from bronze instead; HEADWATER_KEEP_DAYS says how long versions are kept",
            ) from error
    return found


def _differs(spark: SparkSession, lake: LakeSettings, row: Rebuilt) -> bool:
    """Whether going back changes the day. Where it lies in the files in which the rebuild left it, the rebuild's own proof says so, and
    the rows are read only if what was there before cannot be seen to be still there."""
    if row.ended_at is not None and files_of(lake, row, row.version_after) == files_of(lake, row, None):
        if not row.touched:
            return False
        if row.version_before is None or _are_there(lake, row):
            return True
    return _back(spark, lake, row) != Difference()


def _are_there(lake: LakeSettings, row: Rebuilt) -> bool:
    """Whether the store has each file of the day as it was before the rebuild; not if the log has forgotten that version."""
    table = open_table(lake, row.table, row.version_before)
    if table is None:
        return False
    infos = filesystem(lake, row.table).get_file_info(sorted(files_by_day(table).get(row.event_date, ())))
    return all(info.type is FileType.File for info in infos)


def _back(spark: SparkSession, lake: LakeSettings, row: Rebuilt) -> Difference:
    """What going back does to the day."""
    now = version(lake, row.table)
    if row.version_before is None:
        there = 0 if now is None else at_version(spark, lake, row.table, row.event_date, now).count()
        return Difference(removed=there)
    return difference(spark, lake, row.table, row.event_date, now, row.version_before)


def _read_again(lake: LakeSettings, row: Rebuilt) -> list[Read]:
    """The version that a table's day goes back to; none where there was no table."""
    at = row.version_before
    return [] if at is None else [Read(row.table, at, rows_by_day(lake, row.table, at).get(row.event_date, 0))]


def _restore(spark: SparkSession, lake: LakeSettings, row: Rebuilt) -> None:
    now = version(lake, row.table)
    if now is None:
        return
    before = row.version_before
    frame = at_version(spark, lake, row.table, row.event_date, now if before is None else before)
    replace_day(frame.limit(0) if before is None else frame, lake, row.table, row.event_date)
    log.info("%s %s is what it was in version %s", row.table, row.event_date, before)


def _account(applied: Mapping[str, Rebuilt], feed: str, day: date, rebuild_id: str) -> DayAccount:
    """What the day's tables hold of the feed now. A day that was not built to its end before the rebuild is open again."""
    bronze = applied[f"bronze.{feed}"]
    rows = {side: applied[address].rows_before or 0 for side, address in side_tables(feed).items()}
    return DayAccount(
        feed=feed,
        event_date=day,
        bronze_rows=sum(rows.values()),
        silver_rows=rows["current"],
        superseded_rows=rows["superseded"],
        quarantine_rows=rows["quarantine"],
        dead_letter_rows=rows["dead_letters"],
        bronze_version=bronze.version_before,
        built_at=None if bronze.rows_before is None else datetime.now(UTC),
        run_id=f"{UNDONE}{rebuild_id}",
    )
