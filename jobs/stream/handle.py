"""A stream's hold of one of its tables: a commit carries offsets and the lease's epoch, and one from a handle that is behind is refused.

The handle is never refreshed before a commit: that is the fence.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction, write_deltalake
from deltalake.exceptions import DeltaError

from include.delta_log import transaction_app_id
from include.errors import FencedError, LeaseLost, StoreError
from include.lease import Lease
from include.settings import LakeSettings
from jobs.stream import bronze

# Checkpoints read what they sum up and clean-up lists the whole log: both have a thread of their own (upkeep.py).
AFTER_COMMIT = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)


def of_feeds(ids: Mapping[str, str], offsets: Mapping[str, Mapping[int, int]], epoch: int) -> Callable[[str], CommitProperties]:
    """What the commit of a table that several feeds fill carries: topic ids and next offsets, both by topic, and the writer's epoch."""
    transactions = [
        Transaction(transaction_app_id(ids[topic], number), offset)
        for topic, places in sorted(offsets.items())
        for number, offset in sorted(places.items())
    ]
    transactions.append(Transaction(bronze.WRITER_APP_ID, epoch))

    def properties(batch: str) -> CommitProperties:
        named = {"headwater.batch": batch, "headwater.epoch": str(epoch)}
        return CommitProperties(app_transactions=transactions, custom_metadata=named)

    return properties


@dataclass
class TableHandle:
    """A table at the version of our last commit."""

    address: str
    lake: LakeSettings
    lease: Lease
    table: DeltaTable

    def check_lease(self) -> None:
        """Raises LeaseLost without a valid lease."""
        if not self.lease.held():
            self.lease.check()
            raise LeaseLost("the lease could not be renewed in time", where=self.address, fix="see that the store is up")

    def commit(self, rows: pa.Table, properties: Callable[[str], CommitProperties], replacing: str | None = None) -> None:
        """Appends the rows, or puts them in the place of those that `replacing` says (an SQL condition), in one commit;
        `properties` are given the name to know it by.

        Raises FencedError when another writer committed meanwhile, LeaseLost without a valid lease, StoreError when the
        store does not answer.
        """
        self.check_lease()
        batch = str(uuid.uuid4())
        how = {"mode": "append"} if replacing is None else {"mode": "overwrite", "predicate": replacing}
        try:
            write_deltalake(self.table, rows, post_commithook_properties=AFTER_COMMIT, commit_properties=properties(batch), **how)
        except (DeltaError, OSError) as error:
            self._recover(batch, error)

    def refresh(self) -> None:
        """Takes in what our own upkeep has committed. Raises FencedError when another driver has written since."""
        self.table.update_incremental()
        if self.table.transaction_version(bronze.WRITER_APP_ID) != self.lease.epoch:
            fix = "nothing: the table is read anew"
            raise FencedError("another driver has written the table", where=self.address, value=self.table.version(), fix=fix)

    def _recover(self, batch: str, error: Exception) -> None:
        """After a failed commit: returns when it succeeded after all and only the answer was lost; raises otherwise."""
        try:
            fresh = DeltaTable(self.table.table_uri, storage_options=self.lake.delta_options())
            mine = [entry["version"] for entry in fresh.history(bronze.RECENT_COMMITS) if entry.get("headwater.batch") == batch]
            if mine:  # not beyond it: what another driver may have committed since must still refuse the next commit
                fresh.load_as_version(mine[0])
        except (DeltaError, OSError) as second:
            raise StoreError(f"the commit failed: {error}", where=self.address, fix="see that the store is up") from second
        if not mine:
            if "transaction" in str(error).lower():
                raise FencedError(f"the commit was refused: {error}", where=self.address, fix="nothing: the table is read anew") from error
            raise StoreError(f"the commit failed: {error}", where=self.address, fix="see the store's log") from error
        self.table = fresh
