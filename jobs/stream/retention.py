"""Days of bronze that a contract does not keep any longer: declared as gaps, then deleted, by the driver that owns the table.

A day goes when it is older than the contract keeps it and silver and gold of it are built and closed, from all rows that bronze has
of it: so nothing is lost that was not used. Its offsets are declared in ops.gaps before the deletion commits, to the offset, so that
the ledger closes at any moment.
"""

from __future__ import annotations

import logging
import os
import socket
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
from deltalake import DeltaTable, PostCommitHookProperties, QueryBuilder
from deltalake.exceptions import CommitFailedError

from include.contracts.model import Contract
from include.days import day_accounts
from include.delta_log import days_of
from include.gaps import BRONZE_RETENTION, Gap, declare
from include.settings import LakeSettings

log = logging.getLogger(__name__)

# Offsets that follow each other, as ranges: within one, an offset is as far ahead of its place as the first one.
_RANGES = """
select topic_id, "partition", min("offset") as first_offset, max("offset") as last_offset
from (
    select topic_id, "partition", "offset", "offset" - row_number() over (partition by topic_id, "partition" order by "offset") as ahead
    from bronze where event_date = date '{day}'
)
group by topic_id, "partition", ahead
"""


def delete_expired(table: DeltaTable, lake: LakeSettings, contract: Contract, today: date, hooks: PostCommitHookProperties) -> list[date]:
    """Deletes the days that are due from the table, as its handle has it; returns them, oldest first.

    Idempotent. A day that rows come for meanwhile stays. Rows without a topic id, which a
    former version left, cannot be declared: their day stays.
    """
    if contract.sla.retention_days is None:
        return []
    oldest_kept = today - timedelta(days=contract.sla.retention_days)
    old = {day: rows for day, rows in days_of(table).items() if day < oldest_kept}
    built = {account.event_date: account.bronze_rows for account in day_accounts(lake, [contract.feed]) if account.built_at} if old else {}
    deleted = []
    for day, rows in sorted(old.items()):
        if built.get(day) != rows:
            told = "%s: %s is past its retention and stays: bronze has %d rows of it, its account was closed with %s"
            log.info(told, contract.feed, day, rows, built.get(day, "none"))
            continue
        gaps = _gaps(table, contract.feed, day)
        if any(not gap.topic_id for gap in gaps):
            log.warning("%s: %s is past its retention and stays: rows of it do not say which topic they are of", contract.feed, day)
            continue
        declare(lake, gaps)
        try:
            table.delete(f"event_date = '{day.isoformat()}'", post_commithook_properties=hooks)
        except CommitFailedError:
            # Delta refuses it where rows of that very day were committed meanwhile. They have to be built first: a later look deletes all.
            log.info("%s: rows of %s came while it was to be deleted; it stays until they are built", contract.feed, day)
            continue
        log.info("%s: %d rows of %s deleted, %d days after it", contract.feed, rows, day, (today - day).days)
        deleted.append(day)
    return deleted


def _gaps(table: DeltaTable, feed: str, day: date) -> list[Gap]:
    found = pa.table(QueryBuilder().register("bronze", table).execute(_RANGES.format(day=day.isoformat())).read_all()).to_pylist()
    who, now = f"bronze upkeep at {socket.gethostname()}, pid {os.getpid()}", datetime.now(UTC)
    return [Gap(feed=feed, reason=BRONZE_RETENTION, declared_at=now, declared_by=who, **row) for row in found]
