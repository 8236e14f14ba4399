"""What a rebuild has to know of a system's day before it, and what it has to say after it: rows of ops.rebuilds."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime

from pyspark.sql import SparkSession

from include import rebuilds
from include.contracts.model import Contract
from include.days import UNDONE, DayAccount, day_accounts
from include.delta_log import extents, open_table
from include.grain import is_undivided, tables_of_system
from include.rebuilds import UNDO, Rebuilt
from include.settings import LakeSettings
from jobs.common.session import sized_for
from jobs.maintain.difference import difference

_THREADS = 3


def begin(
    lake: LakeSettings,
    rebuild_id: str,
    action: str,
    system: str,
    day: date,
    run_id: str,
    contracts: Sequence[Contract],
    beside: Sequence[Contract] = (),
) -> dict[str, Rebuilt]:
    """Table → its row of ops.rebuilds, as far as it is known before anything is done: of the feeds that are built, and of all gold that
    they and those `beside` them are enough for.

    What an earlier try noted stands, since it saw the tables as they were before this rebuild, as long as nobody else has had to do with
    the day: else what that one made would be taken for the rebuild's own, and be undone with it.
    """
    feeds, others = [contract.feed for contract in contracts], [contract.feed for contract in beside]
    accounts = {account.feed: account for account in day_accounts(lake, feeds, day)}
    noted = rebuilds.of_day(lake, rebuild_id, action, system, day)
    owner = f"{UNDONE}{rebuild_id}" if action == UNDO else run_id
    if noted and all(account.is_of(owner) for account in accounts.values()):
        return noted
    now = datetime.now(UTC)

    def row(table: str, version: int | None, rows: int | None) -> Rebuilt:
        return Rebuilt(rebuild_id, action, system, table, day, run_id, now, version, rows)

    begun = [row(contract.bronze, *_built_from(accounts.get(contract.feed))) for contract in contracts]
    begun += [row(address, *_extent(lake, address, day)) for address in tables_of_system(system, feeds, others)]
    rebuilds.put(lake, begun)
    return {each.table: each for each in begun}


def end(spark: SparkSession, lake: LakeSettings, begun: dict[str, Rebuilt], contracts: Sequence[Contract]) -> list[Rebuilt]:
    """The rows as they are now that all is done, written to ops.rebuilds. Idempotent."""
    one = next(iter(begun.values()))
    accounts = {account.feed: account for account in day_accounts(lake, [contract.feed for contract in contracts], one.event_date)}
    bronze = {contract.bronze: accounts.get(contract.feed) for contract in contracts}

    def done(row: Rebuilt) -> Rebuilt:
        if row.table in bronze:
            return _of_bronze(row, bronze[row.table])
        version, rows = _extent(lake, row.table, row.event_date)
        what = difference(spark, lake, row.table, row.event_date, row.version_before, version)
        counted = {"rows_added": what.added, "rows_removed": what.removed, "rows_changed": what.changed}
        return replace(row, version_after=version, rows_after=rows, **counted)

    most = max((account.bronze_rows for account in accounts.values()), default=0)
    with sized_for(spark, most), ThreadPoolExecutor(_THREADS, "proof") as threads:
        found = list(threads.map(done, begun.values()))
    ended = [replace(row, ended_at=datetime.now(UTC)) for row in found]
    rebuilds.put(lake, ended)
    return ended


def _of_bronze(row: Rebuilt, account: DayAccount | None) -> Rebuilt:
    """Bronze loses rows by retention alone, and changes none. Where the day is not built to its end, before or after, what it was built
    from is not known, and so neither is what came or went."""
    version, rows = _built_from(account)
    if row.rows_before is None or rows is None:
        return replace(row, version_after=version, rows_after=rows, rows_added=None, rows_removed=None, rows_changed=None)
    more = rows - row.rows_before
    counted = {"rows_added": max(more, 0), "rows_removed": max(-more, 0), "rows_changed": 0}
    return replace(row, version_after=version, rows_after=rows, **counted)


def _built_from(account: DayAccount | None) -> tuple[int | None, int | None]:
    """Version of bronze, and its rows, that the day was built from; no rows where it was not built to its end."""
    return (None, None) if account is None or account.built_at is None else (account.bronze_version, account.bronze_rows)


def _extent(lake: LakeSettings, address: str, day: date) -> tuple[int | None, int]:
    """The table's newest version, None where there is none, and its rows of the day."""
    table = open_table(lake, address)
    if table is None:
        return None, 0
    found = extents(table).get(None if is_undivided(address) else day)
    return table.version(), found.rows if found else 0
