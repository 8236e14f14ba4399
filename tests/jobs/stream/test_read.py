"""A micro-batch as slices of consecutive records."""

from __future__ import annotations

import pyarrow as pa
import pytest

from jobs.stream.read import slices

Place = tuple[str, int, int]  # topic, partition, offset


def records(*batches: list[Place]) -> pa.Table:
    """Records as Spark hands them over, a batch for each task."""
    schema = pa.schema([("topic", pa.string()), ("partition", pa.int32()), ("offset", pa.int64()), ("headers", pa.list_(pa.string()))])
    made = [[dict(zip(schema.names, place, strict=False)) for place in batch] for batch in batches]
    return pa.Table.from_batches([pa.RecordBatch.from_pylist(rows, schema) for rows in made], schema)


@pytest.mark.parametrize(
    ("batches", "expected"),
    [
        ([], {}),
        ([[]], {}),
        ([[("a", 0, 5)]], {"a": [(0, 5, 6)]}),
        (
            [[("a", 0, 5), ("a", 0, 6), ("a", 1, 2), ("b", 1, 3)], [("b", 0, 9)]],
            {"a": [(0, 5, 7), (1, 2, 3)], "b": [(0, 9, 10), (1, 3, 4)]},
        ),
        ([[("a", 1, 7)], [("a", 0, 1), ("a", 1, 4)]], {"a": [(0, 1, 2), (1, 4, 5), (1, 7, 8)]}),
        ([[("a", 0, 1), ("b", 0, 2), ("a", 0, 4)]], {"a": [(0, 1, 2), (0, 4, 5)], "b": [(0, 2, 3)]}),
    ],
)
def test_rows_of_a_partition_that_follow_each_other_are_a_slice(batches: list[list[Place]], expected: dict[str, list[Place]]) -> None:
    found = slices(records(*batches))
    assert {topic: [(each.partition, each.first, each.next) for each in pieces] for topic, pieces in found.items()} == expected
    assert all(set(each.records["topic"].to_pylist()) == {topic} for topic, pieces in found.items() for each in pieces)


def test_a_slice_of_a_mixed_batch_keeps_no_other_s_rows_in_memory() -> None:
    many = [("a", 0, offset) for offset in range(5000)]
    (alone,) = slices(records([*many, ("b", 0, 0)]))["b"]
    assert alone.records.get_total_buffer_size() < 1000
