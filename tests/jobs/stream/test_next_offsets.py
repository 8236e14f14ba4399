"""Where a start reads on after Spark's writer died between its rows and their offsets."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from jobs.stream import bronze


def table_with_rows_ahead(folder: Path, topic_id: str) -> DeltaTable:
    """Two rows, and a commit as Spark makes it that numbers them, without the offsets that should follow."""
    write_deltalake(folder, pa.table({"topic_id": [topic_id] * 2, "partition": pa.array([0, 0], pa.int32()), "offset": [0, 1]}))
    actions = [
        {"commitInfo": {"timestamp": 0, "operation": "WRITE", "operationParameters": {"mode": "Append"}}},
        {"txn": {"appId": bronze.ROWS_APP_ID, "version": 1}},
    ]
    (folder / "_delta_log" / f"{1:020d}.json").write_text("\n".join(map(json.dumps, actions)) + "\n")
    return DeltaTable(folder)


def test_rows_without_their_offsets_are_not_read_again(tmp_path: Path):
    assert bronze.next_offsets(table_with_rows_ahead(tmp_path, "this"), "this", [0]) == {0: 2}


def test_rows_of_a_topic_that_is_gone_say_nothing_of_the_new_one(tmp_path: Path):
    assert bronze.next_offsets(table_with_rows_ahead(tmp_path, "former"), "this", [0]) == {}
