"""Days and their accounts: what has been built of a day, and which days a run has to build. No Spark."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from include.bronze_losses import Tables, is_given_up, lost_of, opened_once, past_retention
from include.contracts.model import Contract
from include.delta_log import HeldDay, held_days, open_table
from include.errors import RebuildRefused
from include.ops_tables import commit, rows_of
from include.settings import LakeSettings
from include.table_creation import create_by_day

log = logging.getLogger(__name__)

ACCOUNTS = "ops.day_accounts"
# How the run_id of an account begins that an undoing has given back to its day; the rebuild's id follows.
UNDONE = "undo:"
# How the run_id of an open account begins while its run writes the tables that gold reads; the run follows.
WRITING = "writing:"
SCHEMA = pa.schema(
    [
        ("feed", pa.string()),
        ("event_date", pa.date32()),
        ("bronze_rows", pa.int64()),
        ("silver_rows", pa.int64()),
        ("superseded_rows", pa.int64()),
        ("quarantine_rows", pa.int64()),
        ("dead_letter_rows", pa.int64()),
        ("bronze_version", pa.int64()),
        ("built_at", pa.timestamp("us", tz="UTC")),
        ("run_id", pa.string()),
    ]
)


@dataclass(frozen=True)
class DayAccount:
    """Where the bronze rows of a feed and day went. Written by silver, with its run; closed by gold, in its own name, at the end."""

    feed: str
    event_date: date
    bronze_rows: int
    silver_rows: int
    superseded_rows: int
    quarantine_rows: int
    dead_letter_rows: int
    bronze_version: int | None  # None: the feed had no bronze table
    built_at: datetime | None = None  # None: silver is newer than gold, or gold was never built
    run_id: str | None = None

    @property
    def undone(self) -> bool:
        """A person has undone the last build of the day: it stays so until somebody asks for this day."""
        return self.built_at is not None and (self.run_id or "").startswith(UNDONE)

    @property
    def being_written(self) -> bool:
        """A run writes silver of the day, or died at it: what is computed from silver meanwhile closes nothing."""
        return self.built_at is None and (self.run_id or "").startswith(WRITING)

    @property
    def is_begun(self) -> bool:
        """A run writes silver of the day for the first time, or died at it: there are no numbers yet."""
        return self.being_written and self.bronze_version is None and not self.bronze_rows

    def is_of(self, owner: str) -> bool:
        """Whether the run, or the undoing, of this name was the last that had to do with the day."""
        return self.run_id in (owner, f"{WRITING}{owner}")


def day_accounts(lake: LakeSettings, feeds: Iterable[str], day: date | None = None) -> list[DayAccount]:
    """The recorded accounts of the feeds, of one day or of all; none where there is no record."""
    table = open_table(lake, ACCOUNTS)
    return [] if table is None else _read(table, feeds, day)


def record(lake: LakeSettings, day: date, accounts: Sequence[DayAccount]) -> None:
    """Makes these the accounts of their feeds and that day.

    Idempotent: replaces them, and no other feed's, in one commit. By delta-rs, whose commits are conditional puts, since
    the batches of several systems write here. Raises StoreError when the store, or another writer, does not let us.
    """
    create_by_day(lake, ACCOUNTS, SCHEMA)
    _commit(lake, day, lambda _table: accounts)


def change(lake: LakeSettings, day: date, feeds: Iterable[str], wanted: Callable[[list[DayAccount]], Sequence[DayAccount]]) -> None:
    """Makes the day's accounts of the feeds what is wanted, given those that there are: decided and written on one version of the table.

    `wanted` is asked again when another writer was faster, and writes nothing where it raises. Raises StoreError as `record`.
    """
    listed = list(feeds)
    create_by_day(lake, ACCOUNTS, SCHEMA)
    _commit(lake, day, lambda table: wanted(_read(table, listed, day)))


def close(lake: LakeSettings, day: date, seen: Sequence[DayAccount], built_at: datetime, run_id: str) -> list[str]:
    """Closes the day's accounts that are still as they were seen; returns the feeds of the others, which stay as they are.

    An account that changed is another run's: what was built from the one that was seen may be older than what that run reads. One that
    was seen while a run wrote silver says nothing of what was read, and stays open too.
    Compared and written on one version of the table, so that nothing comes in between. Idempotent, and raises, as `record`.
    """
    feeds = [account.feed for account in seen]

    def unchanged(table: DeltaTable) -> list[DayAccount]:
        return [account for account in _read(table, feeds, day) if account in seen and not account.being_written]

    closed = _commit(lake, day, lambda table: [replace(account, built_at=built_at, run_id=run_id) for account in unchanged(table)])
    return sorted(set(feeds) - {account.feed for account in closed})


def _read(table: DeltaTable, feeds: Iterable[str], day: date | None) -> list[DayAccount]:
    listed = sorted(feeds)
    if not listed:
        return []
    condition = _of_feeds(listed)
    if day is not None:
        condition += f" and event_date = date '{day.isoformat()}'"
    accounts = [DayAccount(**row) for row in rows_of(table, condition)]
    return sorted(accounts, key=lambda account: (account.event_date, account.feed))


def _commit(lake: LakeSettings, day: date, wanted: Callable[[DeltaTable], Sequence[DayAccount]]) -> Sequence[DayAccount]:
    """Writes what is wanted of the day, given the table as it is, and returns it; asks again when somebody else was faster."""

    def once(table: DeltaTable) -> Sequence[DayAccount]:
        accounts = wanted(table)
        if accounts:
            condition = f"event_date = '{day.isoformat()}' and {_of_feeds(account.feed for account in accounts)}"
            rows = pa.Table.from_pylist([asdict(account) for account in accounts], SCHEMA)
            write_deltalake(table, rows, mode="overwrite", predicate=condition)
        return accounts

    return commit(lake, ACCOUNTS, str(day), once)


def lost_rows(lake: LakeSettings, contracts: Iterable[Contract], day: date) -> dict[str, int]:
    """Feed → the rows that silver was built from and bronze does not have any more, of the feeds that lack some: building would take
    them from silver and gold. Rows that came since do not make up for those that went."""
    listed = list(contracts)
    seen = {account.feed: account for account in day_accounts(lake, [contract.feed for contract in listed], day)}
    found, tables = {}, opened_once(lake)
    for contract in listed:
        if (account := seen.get(contract.feed)) is not None:
            held = held_days(lake, contract.bronze).get(day, HeldDay())
            found[contract.feed] = lost_of(tables, contract, held, account)
    return {feed: rows for feed, rows in found.items() if rows}


def refuse_past_retention(lake: LakeSettings, contracts: Iterable[Contract], day: date) -> None:
    """Raises RebuildRefused where bronze has deleted rows of the day by its contract's retention: building would take them from
    silver and gold as well."""
    due = [contract for contract in contracts if past_retention(contract, day)]
    if due and (lost := lost_rows(lake, due, day)):
        raise lost_error(due, day, lost)


def lost_error(contracts: Iterable[Contract], day: date, lost: dict[str, int]) -> RebuildRefused:
    """What to say where these feeds, with their rows, keep the day from being built."""
    of_lost = [contract for contract in contracts if contract.feed in lost]
    by_retention = all(past_retention(contract, day) for contract in of_lost)
    told = "bronze does not keep this day any longer" if by_retention else "bronze has lost rows that the day was built from"
    fix = "leave the day as it is; or force it in the DAG `rebuild`: silver and gold lose those rows then"
    return RebuildRefused(told, where=f"{of_lost[0].system} {day}", value=lost, fix=fix)


def kept_by_bronze(lake: LakeSettings, contracts: Sequence[Contract], day: date) -> Sequence[Contract]:
    """The contracts of the feeds of which bronze still has the rows that the day was built from; silver of the others is to stay as it
    is. Raises RebuildRefused when none is left."""
    lost = lost_rows(lake, contracts, day)
    left = [contract for contract in contracts if contract.feed not in lost]
    if lost and not left:
        raise lost_error(contracts, day, lost)
    if lost:
        log.warning("Bronze has lost rows of %s that %s was built from: their silver stays as it is.", ", ".join(sorted(lost)), day)
    return left


def stale_days(lake: LakeSettings, contracts: Iterable[Contract]) -> list[date]:
    """The days, oldest first, of which bronze holds more rows than the last finished build has seen, for any of the feeds.

    Bronze only grows. Where it lacks rows that the day was built from somebody deleted some, and whatever came since is no reason to
    build: that would wipe out what silver and gold still have of them; so would building a day that bronze has given up (`is_given_up`).
    A day whose build was undone is not stale, whatever came: building it would undo that.
    """
    listed, tables = list(contracts), opened_once(lake)
    seen = {(account.feed, account.event_date): account for account in day_accounts(lake, [contract.feed for contract in listed])}
    return sorted(
        {
            day
            for contract in listed
            for day, held in held_days(lake, contract.bronze).items()
            if _is_stale(tables, contract, held, seen.get((contract.feed, day)))
        }
    )


def _is_stale(tables: Tables, contract: Contract, held: HeldDay, account: DayAccount | None) -> bool:
    if account is None or account.built_at is None:
        return held.rows > 0
    if held.rows <= account.bronze_rows or account.undone or is_given_up(contract, held, account):
        return False
    if lost := lost_of(tables, contract, held, account):
        told = "%s of %s: bronze has new rows, and lacks %d that the day was built from: left alone, unless forced in the DAG `rebuild`."
        log.warning(told, contract.feed, account.event_date, lost)
    return not lost


def touched_feeds(lake: LakeSettings, contracts: Iterable[Contract], day: date, built_by: str = "") -> list[str]:
    """The feeds of which the day is stale, or was not built to its end, by name: what building it for late rows has to build. Also those
    whose last build is that run's, which is to do it once more."""
    listed, tables = list(contracts), opened_once(lake)
    seen = {account.feed: account for account in day_accounts(lake, [contract.feed for contract in listed], day)}
    return sorted(
        contract.feed
        for contract in listed
        if (account := seen.get(contract.feed)) is None
        or account.built_at is None
        or account.run_id == built_by
        or _is_stale(tables, contract, held_days(lake, contract.bronze).get(day, HeldDay()), account)
    )


def undone_days(lake: LakeSettings, feeds: Iterable[str]) -> list[date]:
    """The days, oldest first, whose last build was undone: no run builds them that was not asked for them."""
    return sorted({account.event_date for account in day_accounts(lake, feeds) if account.undone})


def days_to_build(requested: date, is_backfill: bool, stale: Iterable[date], today: date) -> list[date]:
    """The days of a run, oldest first: a backfill builds its own day alone, any other run also the stale days before `today` (UTC)."""
    past = set() if is_backfill else {day for day in stale if day < today}
    return sorted({requested} | past)


def _of_feeds(feeds: Iterable[str]) -> str:
    """A feed's name is made of letters, digits and `_`."""
    return f"feed in ({', '.join(repr(feed) for feed in sorted(feeds))})"
