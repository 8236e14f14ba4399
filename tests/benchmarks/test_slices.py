"""Slices that are made here go the stream's way as the reader's do."""

from __future__ import annotations

import pyarrow.compute as pc

from benchmarks.slices import PARTITIONS, ROWS, Source
from include.contracts import load_contracts
from jobs.stream import bronze


def test_slices_have_all_columns_but_those_that_the_commit_adds() -> None:
    for piece in Source(load_contracts()["clicks"]).slices():
        assert {*piece.records.column_names, "topic_id", "ingested_at"} == set(bronze.SCHEMA.names)
        assert all(bronze.SCHEMA.field(field.name).type == field.type for field in piece.records.schema)


def test_offsets_go_on_where_the_last_slices_ended() -> None:
    source = Source(load_contracts()["clicks"])
    first, second = source.slices(), source.slices()

    assert [piece.partition for piece in first] == list(PARTITIONS)
    assert [piece.next for piece in first] == [piece.first for piece in second] == [ROWS] * len(PARTITIONS)
    assert pc.min(second[0].records["offset"]).as_py() == ROWS
