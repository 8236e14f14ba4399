"""Compaction, log clean-up and vacuum of the tables of the layer `ops`, by delta-rs, which writes them. No Spark."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime

from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError

from include.delta_log import Extent, extents, open_table
from include.maintenance import Maintained, MaintenanceSettings
from include.settings import LakeSettings

log = logging.getLogger(__name__)

FEW_FILES = 8
ATTEMPTS = 5


def maintain(lake: LakeSettings, address: str, settings: MaintenanceSettings, run_id: str, dry_run: bool = False) -> Maintained | None:
    """What was done to the table, or would be; None where there is none. Changes no row. Idempotent; a merge that conflicts with a
    writer is tried again, and left to the next run where that does not end: the writer's rows count, and no file is lost."""
    table, started_at = open_table(lake, address), datetime.now(UTC)
    if table is None:
        return None
    before = _whole(table)
    compacted = 0
    if not dry_run:
        compacted = int(before.files > FEW_FILES and _compact(table))
        table.create_checkpoint()
        table.cleanup_metadata()
    deleted = table.vacuum(settings.keep_hours, dry_run=dry_run, enforce_retention_duration=False, full=True)
    after = _whole(table)
    figures = (before.files, after.files, before.bytes, after.bytes, compacted, len(deleted))
    return Maintained(address, started_at, datetime.now(UTC), *figures, run_id)


def _compact(table: DeltaTable) -> bool:
    for attempt in range(ATTEMPTS):
        table.update_incremental()
        try:
            table.optimize.compact()
            return True
        except CommitFailedError:
            time.sleep(0.1 * 2**attempt)
    log.warning("%s could not be compacted: others wrote it %d times meanwhile; the next run tries again", table.table_uri, ATTEMPTS)
    return False


def _whole(table: DeltaTable) -> Extent:
    return sum(extents(table).values(), Extent())
