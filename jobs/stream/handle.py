"""A stream's hold of one of its tables: a commit carries offsets and the lease's epoch, and one from a handle that is behind is refused.

The handle is never refreshed before a commit: that is the fence.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, write_deltalake
from deltalake.exceptions import DeltaError

from include.errors import FencedError, LeaseLost, StoreError
from include.lease import Lease
from include.settings import LakeSettings
from jobs.stream import bronze

# Checkpoints read what they sum up and clean-up lists the whole log: both have a thread of their own (upkeep.py).
AFTER_COMMIT = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)


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
