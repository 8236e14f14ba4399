"""What keeps a bronze table small and quick to open: compaction in tiers, log checkpoints, retention, clean-up and vacuum, by its driver.

Files are merged when enough of one size have gathered, into the next size: a row is rewritten once a tier, however large
the table grows. Readers of an older version keep its files for as long as the table's retention says.

All this runs beside the commits, in a thread and on a handle of its own, so that no record waits for it. What it commits moves rows,
or deletes days that are built, and carries no transaction of the stream's: whichever of the two comes second is rebased onto the
first. A driver that has lost its lease may thus still merge files, which harms nobody: of two merges of one file, Delta refuses the
second. It deletes no day: for that it asks its lease.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import Self

import pyarrow as pa
from deltalake import DeltaTable, PostCommitHookProperties, WriterProperties

from include.settings import LakeSettings
from jobs.stream.feed import FeedStream
from jobs.stream.retention import delete_expired

log = logging.getLogger(__name__)

LOOK_EVERY_COMMITS = 24
IDLE_SECONDS = 3600.0  # without a look, after which there is one whatever was committed
# Files below so many bytes are merged when so many have gathered …
TIERS = {1 << 20: 24, 8 << 20: 8, 64 << 20: 8}
# … into files of up to this many times as much, so that what was merged leaves its tier.
GROWTH = 4
LARGEST = max(TIERS) * GROWTH
QUIET_SECONDS = 600.0
CLEAN_EVERY_SECONDS = 600.0
# A commit that was killed or refused leaves files that no log entry names: now and then the store is listed for them.
FULL_EVERY_CLEANINGS = 36
# Less than the table's own retention of removed files: a checkpoint forgets those past it, and what is forgotten is never deleted.
FILES_KEPT_HOURS = 2

# A reader opens a table from its last checkpoint and the entries since.
CHECKPOINT_EVERY_VERSIONS = 96

NO_HOOKS = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
COMPACTED = WriterProperties(compression="ZSTD")


class TableCare:
    """One table's upkeep, on a handle of its own. With `at_once` the first look cleans: its driver ends before that would be due."""

    def __init__(self, lake: LakeSettings, address: str, at_once: bool = False) -> None:
        self._lake, self._address = lake, address
        self._table = DeltaTable(lake.table_uri(address), storage_options=lake.delta_options())
        self._checkpoint = 0
        self._cleaned_at = -math.inf if at_once else time.monotonic()
        self._cleanings = 0

    def look(self, feed: FeedStream | None = None, deleted: Callable[[int], None] = lambda rows: None) -> None:
        """Does what is due. With the feed that the table is bronze of, days past its retention go: `deleted` is told the rows of each."""
        self._table.update_incremental()
        self._compact()
        if self._table.version() - self._checkpoint >= CHECKPOINT_EVERY_VERSIONS:
            self._table.create_checkpoint()
            self._checkpoint = self._table.version()
        self._clean(feed, deleted)

    def _compact(self) -> None:
        for day, target in due(pa.table(self._table.get_add_actions(flatten=True)), time.time()):
            started = time.monotonic()
            figures = self._table.optimize.compact(
                partition_filters=[("event_date", "=", day)],
                target_size=target,
                writer_properties=COMPACTED,
                post_commithook_properties=NO_HOOKS,
                max_concurrent_tasks=1,
            )
            before, after = figures["numFilesRemoved"], figures["numFilesAdded"]
            log.debug("%s %s: %s files became %s in %.2f s", self._address, day, before, after, time.monotonic() - started)

    def _clean(self, feed: FeedStream | None, deleted: Callable[[int], None]) -> None:
        """Deletes log entries and data files that no reader within the table's retention needs, and days past the contract's."""
        now = time.monotonic()
        if now - self._cleaned_at < CLEAN_EVERY_SECONDS:
            return
        self._cleaned_at = now
        self._table.cleanup_metadata()
        self._cleanings += 1
        self._table.vacuum(
            retention_hours=FILES_KEPT_HOURS,
            enforce_retention_duration=False,
            dry_run=False,
            full=self._cleanings % FULL_EVERY_CLEANINGS == 0,
            post_commithook_properties=NO_HOOKS,
        )
        if feed is None:
            return
        today, check_lease = datetime.now(UTC).date(), feed.handle.check_lease
        for _, rows in delete_expired(self._table, self._lake, feed.contract, today, NO_HOOKS, check_lease):
            deleted(rows)


class Upkeep:
    """The upkeep of a group's tables: one at a time, in a thread of its own while the `with` lasts.

    Not `beside`, it is done at once, between two commits: Spark's own log store for S3 looks whether a version is there and
    then writes it, so another writer's commit in that moment would be lost. Then only one may commit at a time.
    """

    def __init__(self, lake: LakeSettings, beside: bool = True, at_once: bool = False) -> None:
        self._lake, self._beside, self._at_once = lake, beside, at_once
        self._care: dict[str, TableCare] = {}
        self._commits: Counter[str] = Counter()
        self._waiting: set[str] = set()
        self._looked_at: dict[str, float] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="upkeep")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        # Of a driver that drains, all looks come at its end.
        self._pool.shutdown(cancel_futures=not self._at_once)

    def after_commit(self, feed: FeedStream) -> None:
        """Has the feed's table looked after, after its first commit here and every few from then on; returns at once."""
        address = feed.contract.bronze
        with self._lock:
            self._commits[address] += 1
            if self._commits[address] % LOOK_EVERY_COMMITS != 1 or not self._begin(address):
                return
        self._have_looked_at(feed)

    def look_after_idle(self, feeds: Iterable[FeedStream]) -> None:
        """Has those looked after that had no look for an hour: days go past their retention where nothing comes, too. Returns at once, or,
        not beside the commits, after what was due."""
        now = time.monotonic()
        for feed in feeds:
            with self._lock:
                since = self._looked_at.setdefault(feed.contract.bronze, now)
                if now - since < IDLE_SECONDS or not self._begin(feed.contract.bronze):
                    continue
            with nullcontext() if self._beside else feed.committing:
                self._have_looked_at(feed)

    def _have_looked_at(self, feed: FeedStream) -> None:
        if self._beside:
            self._pool.submit(self._look, feed)
        else:
            self._look(feed)

    def _begin(self, address: str) -> bool:
        """Whether a look may begin: none waits already."""
        if address in self._waiting:
            return False
        self._waiting.add(address)
        self._looked_at[address] = time.monotonic()
        return True

    def _look(self, feed: FeedStream) -> None:
        address = feed.contract.bronze
        with self._lock:
            self._waiting.discard(address)
        try:
            if address not in self._care:
                self._care[address] = TableCare(self._lake, address, self._at_once)
            self._care[address].look(feed, partial(self._note_deleted, feed))
        except Exception as error:  # whatever it is, the records are safe: it is told with the feed's state, and tried again
            self._care.pop(address, None)
            feed.figures.upkeep_error = f"upkeep failed: {error}"
            log.exception("%s could not be looked after", address)
        else:
            feed.figures.upkeep_error = None

    def _note_deleted(self, feed: FeedStream, rows: int) -> None:
        if feed.held is not None:
            # Not beside the commits, this is part of one.
            with feed.committing if self._beside else nullcontext():
                feed.held -= rows


def due(actions: pa.Table, now: float) -> list[tuple[str, int]]:
    """Day and target size of each merge that is worth it: a tier has gathered enough files, or the day is quiet and has several."""
    files: dict[str, list[int]] = {}
    newest: dict[str, float] = {}
    columns = (actions["partition.event_date"].to_pylist(), actions["size_bytes"].to_pylist(), actions["modification_time"].to_pylist())
    for day, size, modified in zip(*columns, strict=True):
        files.setdefault(str(day), []).append(size)
        newest[str(day)] = max(newest.get(str(day), 0.0), modified / 1000)  # milliseconds
    merges = []
    for day, sizes in files.items():
        target = _target(sizes, quiet=now - newest[day] > QUIET_SECONDS)
        if target:
            merges.append((day, target))
    return merges


def _target(sizes: list[int], quiet: bool) -> int | None:
    if quiet and sum(size < LARGEST / 2 for size in sizes) > 1:
        return LARGEST
    counts = Counter(next((tier for tier in TIERS if size < tier), None) for size in sizes)
    full = [tier for tier, enough in TIERS.items() if counts[tier] >= enough]
    return max(full) * GROWTH if full else None
