"""Which merges of files are worth it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa

from jobs.stream.upkeep import GROWTH, LARGEST, TIERS, due

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
TINY, SMALL, LARGE = 20_000, 2 << 20, 300 << 20
FIRST_TIER, SECOND_TIER = list(TIERS)[:2]


def files(*sizes: int, day: date = date(2026, 3, 1), age_seconds: float = 1) -> pa.Table:
    modified = round((NOW - age_seconds) * 1000)  # as delta-rs gives it
    return pa.table({"partition.event_date": [day] * len(sizes), "size_bytes": list(sizes), "modification_time": [modified] * len(sizes)})


def test_tiny_files_are_merged_once_enough_have_gathered():
    assert due(files(*[TINY] * TIERS[FIRST_TIER]), NOW) == [("2026-03-01", FIRST_TIER * GROWTH)]


def test_fewer_tiny_files_wait():
    assert due(files(*[TINY] * (TIERS[FIRST_TIER] - 1)), NOW) == []


def test_merged_files_are_merged_again_in_the_next_tier_alone():
    assert due(files(*[SMALL] * TIERS[SECOND_TIER], TINY), NOW) == [("2026-03-01", SECOND_TIER * GROWTH)]


def test_large_files_are_never_rewritten():
    assert due(files(*[LARGE] * 50, age_seconds=10_000), NOW) == []


def test_a_quiet_day_ends_as_few_files():
    assert due(files(TINY, SMALL, age_seconds=10_000), NOW) == [("2026-03-01", LARGEST)]


def test_a_quiet_day_with_one_small_file_is_left_alone():
    assert due(files(TINY, LARGE, age_seconds=10_000), NOW) == []


def test_each_day_is_judged_by_itself():
    actions = pa.concat_tables([files(*[TINY] * 12), files(*[TINY] * 12, day=date(2026, 2, 28))])

    assert due(actions, NOW) == []


def test_the_number_of_live_files_does_not_grow_with_the_commits():
    sizes: list[int] = []
    most = 0
    for commit in range(20_000):
        sizes.append(TINY)
        for _, target in due(files(*sizes), NOW) if commit % 24 == 0 else ():
            small = [size for size in sizes if size < target]
            sizes = [size for size in sizes if size >= target] + _packed(small, target)
        most = max(most, len(sizes))

    assert most <= 80


def _packed(sizes: list[int], target: int) -> list[int]:
    """Bins as delta-rs packs them: up to the target size."""
    bins: list[int] = []
    for size in sorted(sizes):
        if bins and bins[-1] + size <= target:
            bins[-1] += size
        else:
            bins.append(size)
    return bins
