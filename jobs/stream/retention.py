"""Days of bronze that a contract does not keep any longer: declared as gaps, then deleted, by the driver that owns the table.

A day goes when it is older than the contract keeps it and silver and gold of it are built and closed, from all rows that bronze has
of it: so nothing is lost that was not used. Its offsets are declared in ops.gaps before the deletion commits, to the offset, so that
the ledger closes at any moment; where Delta refuses the deletion the declaration is withdrawn. One that a crash left behind excuses
nothing: to the ledger it is void while a row of the day is there.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pyarrow as pa
from deltalake import DeltaTable, PostCommitHookProperties, QueryBuilder
from deltalake.exceptions import CommitFailedError

from include.bronze_losses import past_retention
from include.contracts.model import Contract
from include.days import DayAccount, day_accounts
from include.delta_log import HeldDay, held_by, open_table
from include.gaps import BRONZE_RETENTION, Gap, declare, withdraw
from include.settings import LakeSettings
from include.words import many

log = logging.getLogger(__name__)

# Offsets that follow each other, as ranges: within one, an offset is as far ahead of its place as the first one.
_RANGES = """
select topic_id, "partition", min("offset") as first_offset, max("offset") as last_offset
from (
    select topic_id, "partition", "offset", "offset" - row_number() over (partition by topic_id, "partition" order by "offset") as ahead
    from (select distinct topic_id, "partition", "offset" from bronze where event_date = date '{day}')
)
group by topic_id, "partition", ahead
"""


def delete_expired(
    table: DeltaTable,
    lake: LakeSettings,
    contract: Contract,
    today: date,
    hooks: PostCommitHookProperties,
    check_lease: Callable[[], None],
) -> Iterator[tuple[date, int]]:
    """Deletes the days that are due from the table, as its handle has it; each day, oldest first, and its rows when they are gone: a later
    one may raise.

    `check_lease` raises where the table is another driver's by now, whose contract may keep more. Idempotent. A day that rows come
    for meanwhile stays, and so does one that has rows which came after it was built. Rows without a topic id, which a former version
    left, cannot be declared: their day stays.
    """
    due = {} if contract.sla.retention_days is None else held_by(table)
    due = {day: held for day, held in due.items() if past_retention(contract, day, today)}
    accounts = {account.event_date: account for account in day_accounts(lake, [contract.feed])} if due else {}
    for day, held in sorted(due.items()):
        if not _is_built(held, accounts.get(day)):
            log.info("%s: %s is past its retention and stays: not all of its %d rows are built", contract.feed, day, held.rows)
            continue
        gaps = _gaps(table, contract.feed, day)
        if any(not gap.topic_id for gap in gaps):
            log.warning("%s: %s is past its retention and stays: rows of it do not say which topic they are of", contract.feed, day)
            continue
        check_lease()
        if day_accounts(lake, [contract.feed], day) != [accounts[day]]:
            log.info("%s: %s is being built; it stays until it is closed", contract.feed, day)
            continue
        declare(lake, gaps)
        try:
            table.delete(f"event_date = '{day.isoformat()}'", post_commithook_properties=hooks)
        except CommitFailedError:
            # Delta refuses it where rows of that very day were committed meanwhile. They have to be built first: a later look deletes all.
            log.info("%s: rows of %s came while it was to be deleted; it stays until they are built", contract.feed, day)
            _withdraw(lake, contract, day)
            continue
        log.info("%s: %s of %s deleted, %s after it", contract.feed, many(held.rows, "row"), day, many((today - day).days, "day"))
        yield day, held.rows


def _is_built(held: HeldDay, account: DayAccount | None) -> bool:
    """Whether the day is closed with just these rows. As many that came later are others: of those, silver has none."""
    if account is None or account.built_at is None or account.undone or held.last_ingested is None:
        return False
    return account.bronze_rows == held.rows and held.last_ingested <= account.built_at


def _withdraw(lake: LakeSettings, contract: Contract, day: date) -> None:
    """Takes back what is declared of rows of the day that are there now: none of them, should the deletion have come through unheard."""
    table = open_table(lake, contract.bronze)
    if table is not None:
        withdraw(lake, contract.feed, BRONZE_RETENTION, _gaps(table, contract.feed, day))


def _gaps(table: DeltaTable, feed: str, day: date) -> list[Gap]:
    found = pa.table(QueryBuilder().register("bronze", table).execute(_RANGES.format(day=day.isoformat())).read_all()).to_pylist()
    who, now = f"bronze upkeep at {socket.gethostname()}, pid {os.getpid()}", datetime.now(UTC)
    return [Gap(feed=feed, reason=BRONZE_RETENTION, declared_at=now, declared_by=who, **row) for row in found]
