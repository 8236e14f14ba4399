"""Declared gaps: each offset once, with its reason."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from include.gaps import BRONZE_RETENTION, GAPS, RETENTION, SCHEMA, Gap, declare, declared, withdraw
from include.settings import LakeSettings

GAP = Gap("clicks", "topic-id", 0, 10, 19, RETENTION, "stream")


def ranges(lake: LakeSettings, feed: str = "clicks") -> list[tuple[int, int]]:
    return [(gap.first_offset, gap.last_offset) for gap in declared(lake, feed)]


def test_lake_without_gaps_has_none(lake: LakeSettings) -> None:
    assert declared(lake, "clicks") == []


def test_gap_is_found_by_its_feed_as_it_was_declared(lake: LakeSettings) -> None:
    declare(lake, [GAP, replace(GAP, feed="views")])
    (gap,) = declared(lake, "clicks")
    assert replace(gap, declared_at=None) == GAP
    assert gap.declared_at is not None


def test_same_gap_is_declared_once(lake: LakeSettings) -> None:
    assert len(declare(lake, [GAP])) == 1
    assert declare(lake, [GAP]) == []
    assert ranges(lake) == [(10, 19)]


def test_gap_that_has_grown_is_declared_where_it_is_new(lake: LakeSettings) -> None:
    declare(lake, [GAP])
    declare(lake, [replace(GAP, first_offset=5, last_offset=30, reason="skipped by operator")])
    assert ranges(lake) == [(5, 9), (10, 19), (20, 30)]


def test_gaps_of_one_call_do_not_overlap_either(lake: LakeSettings) -> None:
    declare(lake, [GAP, replace(GAP, last_offset=25)])
    assert ranges(lake) == [(10, 19), (20, 25)]


def test_same_offsets_of_another_topic_or_partition_are_another_gap(lake: LakeSettings) -> None:
    declare(lake, [GAP, replace(GAP, topic_id="made-anew"), replace(GAP, partition=1)])
    assert len(ranges(lake)) == 3


GONE = replace(GAP, reason=BRONZE_RETENTION)


@pytest.mark.parametrize(
    ("first", "last", "left"),
    [(10, 19, []), (0, 10, []), (19, 40, []), (14, 14, []), (0, 9, [(10, 19)]), (20, 20, [(10, 19)])],
)
def test_gap_that_shares_an_offset_is_withdrawn_whole(lake: LakeSettings, first: int, last: int, left: list[tuple[int, int]]) -> None:
    declare(lake, [GONE])
    assert withdraw(lake, "clicks", BRONZE_RETENTION, [replace(GONE, first_offset=first, last_offset=last)]) == 1 - len(left)
    assert ranges(lake) == left


def test_gaps_of_another_reason_feed_topic_and_partition_are_not_withdrawn(lake: LakeSettings) -> None:
    others = [GAP, replace(GONE, feed="views"), replace(GONE, topic_id="made-anew"), replace(GONE, partition=1)]
    declare(lake, others)
    assert withdraw(lake, "clicks", BRONZE_RETENTION, [GONE]) == 0
    assert len(ranges(lake)) == 3
    assert len(ranges(lake, "views")) == 1


def test_gap_that_several_declare_at_once_is_there_once(lake: LakeSettings) -> None:
    declare(lake, [replace(GAP, feed="views")])
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: declare(lake, [GAP]), range(4)))
    assert ranges(lake) == [(10, 19)]


def test_table_has_the_columns_that_others_read(lake: LakeSettings) -> None:
    declare(lake, [GAP])
    table = DeltaTable(lake.table_uri(GAPS))
    assert pa.schema(table.schema().to_arrow()).names == SCHEMA.names
    assert table.metadata().partition_columns == []
