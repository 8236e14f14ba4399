"""A Delta table seen from outside: hand-made logs on a local path, with the times that a store would give."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow.fs import LocalFileSystem

from benchmarks.arrivals import LogError, TableLog, read_arrivals
from benchmarks.figures import account, delays, percentile


class HandMade:
    """A table of which every file and every time is ours. Rows are (partition, offset, timestamp in seconds)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "_delta_log").mkdir(parents=True)

    def file(self, name: str, *rows: tuple[int, int, float], int96: bool = False) -> dict[str, object]:
        partitions, offsets, times = zip(*rows, strict=True)
        columns = {
            "value": pa.array([b"x"] * len(rows)),
            "partition": pa.array(partitions, pa.int32()),
            "offset": pa.array(offsets, pa.int64()),
            "timestamp": pa.array([round(time * 1e6) for time in times], pa.timestamp("us", tz="UTC")),
        }
        (self.path / name).parent.mkdir(exist_ok=True)
        pq.write_table(pa.table(columns), self.path / name, use_deprecated_int96_timestamps=int96)
        return {"path": name.replace("=", "%3D"), "dataChange": True, "stats": json.dumps({"numRecords": len(rows)})}

    def commit(self, version: int, at: float, *adds: dict[str, object], removes: tuple[str, ...] = ()) -> None:
        entry = self.path / "_delta_log" / f"{version:020}.json"
        actions = [{"commitInfo": {}}, *({"add": add} for add in adds), *({"remove": {"path": path}} for path in removes)]
        entry.write_text("\n".join(map(json.dumps, actions)))
        os.utime(entry, ns=(0, round(at * 1e9)))

    def log(self) -> TableLog:
        return TableLog(LocalFileSystem(), str(self.path)).refresh()


@pytest.fixture
def table(tmp_path: Path) -> HandMade:
    made = HandMade(tmp_path / "table")
    made.commit(0, 90.0)
    return made


def test_delay_is_the_time_from_the_record_to_the_log_entry_that_brings_it(table: HandMade) -> None:
    table.commit(1, 101.0, table.file("event_date=2026-01-01/a.parquet", (0, 0, 100.0), (1, 0, 100.5)))
    table.commit(2, 103.25, table.file("b.parquet", (0, 1, 101.0)))

    found = delays([read_arrivals(table.log())], 0, 1000)

    assert sorted(found) == [0.5, 1.0, 2.25]
    assert percentile(found, 50) == 1.0


def test_records_outside_the_measured_time_do_not_count(table: HandMade) -> None:
    table.commit(1, 110.0, table.file("a.parquet", (0, 0, 99.9), (0, 1, 100.0), (0, 2, 104.0)))

    assert list(delays([read_arrivals(table.log())], since=100.0, until=104.0)) == [10.0]


def test_times_as_spark_stores_them_are_read_alike(table: HandMade) -> None:
    table.commit(1, 101.0, table.file("a.parquet", (0, 0, 100.0), int96=True))

    assert list(delays([read_arrivals(table.log())], 0, 1000)) == [1.0]


def test_compaction_brings_no_rows_and_takes_none(table: HandMade) -> None:
    table.commit(1, 101.0, table.file("a.parquet", (0, 0, 100.0)))
    table.commit(2, 102.0, table.file("b.parquet", (0, 1, 101.0)))
    merged = table.file("c.parquet", (0, 0, 100.0), (0, 1, 101.0)) | {"dataChange": False}
    table.commit(3, 500.0, merged, removes=("a.parquet", "b.parquet"))

    log = table.log()
    arrivals = read_arrivals(log)

    assert log.rows == 2
    assert arrivals.commits == (101.0, 102.0)
    assert list(delays([arrivals], 0, 1000)) == [1.0, 1.0]
    assert log.live_files() == ["c.parquet"]
    assert account(arrivals.live, {0: (0, 2)}).exact


def test_row_that_compaction_loses_is_found(table: HandMade) -> None:
    table.commit(1, 101.0, table.file("a.parquet", (0, 0, 100.0), (0, 1, 100.0)))
    table.commit(2, 102.0, table.file("b.parquet", (0, 0, 100.0)) | {"dataChange": False}, removes=("a.parquet",))

    arrivals = read_arrivals(table.log())

    assert account(arrivals.added, {0: (0, 2)}).exact
    assert account(arrivals.live, {0: (0, 2)}).lost == 1


def test_record_that_is_written_twice_is_found(table: HandMade) -> None:
    table.commit(1, 101.0, table.file("a.parquet", (0, 0, 100.0)))
    table.commit(2, 102.0, table.file("b.parquet", (0, 0, 100.0), (0, 1, 100.0)))

    assert account(read_arrivals(table.log()).added, {0: (0, 2)}).doubled == 1


def test_refresh_reads_what_came_since(table: HandMade) -> None:
    log = table.log()
    table.commit(1, 101.0, table.file("a.parquet", (0, 0, 100.0)))

    assert log.rows == 0
    assert log.refresh().rows == 1


def test_log_that_was_cleaned_up_is_refused(table: HandMade) -> None:
    table.commit(2, 101.0, table.file("a.parquet", (0, 0, 100.0)))

    with pytest.raises(LogError):
        table.log()


def test_table_that_does_not_exist_has_no_rows(tmp_path: Path) -> None:
    assert TableLog(LocalFileSystem(), str(tmp_path / "none")).refresh().rows == 0
