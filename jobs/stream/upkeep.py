"""What keeps a bronze table small: compaction in tiers, log clean-up and vacuum, by the driver that writes it.

Files are merged when enough of one size have gathered, into the next size: a row is rewritten once a tier, however large
the table grows. Readers of an older version keep its files for as long as the table's retention says.
"""

from __future__ import annotations

import logging
import time
from collections import Counter

import pyarrow as pa
from deltalake import PostCommitHookProperties, WriterProperties

from jobs.stream import bronze
from jobs.stream.feed import FeedStream

log = logging.getLogger(__name__)

LOOK_EVERY_COMMITS = 24
# Files below so many bytes are merged when so many have gathered …
TIERS = {1 << 20: 24, 8 << 20: 8, 64 << 20: 8}
# … into files of up to this many times as much, so that what was merged leaves its tier.
GROWTH = 4
LARGEST = max(TIERS) * GROWTH
QUIET_SECONDS = 600.0
CLEAN_EVERY_SECONDS = 600.0
# Less than the table's own retention of removed files: a checkpoint forgets those past it, and what is forgotten is never deleted.
FILES_KEPT_HOURS = 2

NO_HOOKS = PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False)
COMPACTED = WriterProperties(compression="ZSTD")

_cleaned_at: dict[str, float] = {}


def after_commit(feed: FeedStream) -> None:
    """Looks after the feed's table every few commits; what it commits moves rows between files and changes none."""
    if feed.commits_since_upkeep < LOOK_EVERY_COMMITS:
        return
    feed.commits_since_upkeep = 0
    compact(feed)
    clean(feed)


def compact(feed: FeedStream) -> None:
    for day, target in due(pa.table(feed.table.get_add_actions(flatten=True)), time.time()):
        started = time.monotonic()
        figures = feed.table.optimize.compact(
            partition_filters=[("event_date", "=", day)],
            target_size=target,
            writer_properties=COMPACTED,
            post_commithook_properties=NO_HOOKS,
            max_concurrent_tasks=1,
            commit_properties=bronze.upkeep_properties(feed.lease.epoch),
        )
        before, after = figures["numFilesRemoved"], figures["numFilesAdded"]
        log.info("%s %s: %s files became %s in %.2f s", feed.contract.bronze, day, before, after, time.monotonic() - started)


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


def clean(feed: FeedStream) -> None:
    """Deletes log entries and data files that no reader within the table's retention needs."""
    now = time.monotonic()
    if now - _cleaned_at.setdefault(feed.contract.bronze, now) < CLEAN_EVERY_SECONDS:
        return
    _cleaned_at[feed.contract.bronze] = now
    feed.table.cleanup_metadata()
    feed.table.vacuum(
        retention_hours=FILES_KEPT_HOURS, enforce_retention_duration=False, dry_run=False, post_commithook_properties=NO_HOOKS
    )
