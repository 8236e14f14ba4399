"""How many records a micro-batch may hold."""

from __future__ import annotations

from jobs.stream.pace import FIRST_LIMIT, Pace

MEGABYTE = 1024 * 1024


def pace_that_saw(records: int, record_bytes: int) -> Pace:
    pace = Pace(most_records=100_000, most_bytes=48 * MEGABYTE)
    pace.adjust()
    pace.saw(records, records * record_bytes)
    return pace


def test_the_first_micro_batch_is_small_enough_for_the_largest_records():
    pace = Pace(most_records=100_000, most_bytes=48 * MEGABYTE)

    assert pace.adjust() == FIRST_LIMIT


def test_full_micro_batches_of_small_records_ask_for_more():
    pace = pace_that_saw(FIRST_LIMIT, record_bytes=300)

    assert pace.wants_change()
    assert pace.adjust() == 100_000


def test_a_micro_batch_that_is_not_full_asks_for_nothing():
    assert not pace_that_saw(FIRST_LIMIT // 2, record_bytes=300).wants_change()


def test_large_records_keep_the_limit_within_the_memory():
    pace = pace_that_saw(FIRST_LIMIT, record_bytes=900_000)

    assert pace.adjust() * 900_000 <= 48 * MEGABYTE


def test_large_records_after_small_ones_lower_the_limit():
    pace = pace_that_saw(FIRST_LIMIT, record_bytes=300)
    pace.adjust()

    pace.saw(100, 100 * 900_000)

    assert pace.wants_change()
    assert pace.adjust() * 900_000 <= 48 * MEGABYTE


def test_a_few_large_records_do_not_slow_the_stream_for_long():
    pace = pace_that_saw(FIRST_LIMIT, record_bytes=900_000)
    pace.adjust()
    restarts = 0

    for _ in range(40):
        pace.saw(pace.limit, pace.limit * 300)
        if pace.wants_change():
            pace.adjust()
            restarts += 1

    assert pace.limit == 100_000
    assert restarts <= 6


def test_an_empty_micro_batch_changes_nothing():
    pace = pace_that_saw(0, record_bytes=0)

    assert not pace.wants_change()
