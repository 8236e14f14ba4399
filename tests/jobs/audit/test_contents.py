"""What is read of a data file, and the number that stands for its records."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.audit.contents import UNKNOWN, Contents, _late, digest, read, total
from jobs.audit.log import LiveFile
from jobs.audit.offsets import Where
from tests.jobs.audit.tables import TOPIC_ID, side_rows

HERE: Where = (TOPIC_ID, 0)
Records = list[tuple[str, int, int]]
RECORD = st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 2), st.integers(0, 5) | st.integers(2**62, 2**63 - 1))


def summed(records: Records) -> int:
    return total([digest((topic_id, number), np.array([offset])) for topic_id, number, offset in records])


@settings(deadline=None)
@given(st.lists(RECORD, min_size=1), st.lists(RECORD, min_size=1))
def test_digests_are_the_same_where_the_records_are(one: Records, other: Records):
    assert (summed(one) == summed(other)) == (sorted(one) == sorted(other))


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**63 - 1), min_size=2), st.randoms())
def test_however_rows_are_shared_out_and_in_whatever_order_their_digests_have_one_sum(offsets: list[int], random: Random):
    whole = digest(HERE, np.array(offsets))
    random.shuffle(offsets)
    cut = random.randrange(1, len(offsets))
    assert total([digest(HERE, np.array(offsets[:cut])), digest(HERE, np.array(offsets[cut:]))]) == total([whole])


def test_a_file_of_either_kind_of_names_has_the_digest_of_its_records(tmp_path: Path):
    expected = total([digest(HERE, np.array([3, 5, 9]))])
    for side in ("current", "quarantine"):
        assert _read(tmp_path, side_rows(side, [3, 5, 9]), side).digest == expected


@pytest.mark.parametrize("rows", [side_rows("current", [3], topic_id=None), side_rows("quarantine", [3]), pa.table({"user_id": [1]})])
def test_rows_that_do_not_say_which_record_they_are_of_have_no_digest(tmp_path: Path, rows: pa.Table):
    found = _read(tmp_path, rows, "current")
    assert (found.rows, found.digest) == (1, UNKNOWN)


def test_one_unknown_row_makes_the_sum_unknown():
    assert total([digest(HERE, np.array([1])), UNKNOWN]) == UNKNOWN


def _read(folder: Path, rows: pa.Table, side: str) -> Contents:
    pq.write_table(rows, folder / "file.parquet", row_group_size=2)
    store = pyarrow.fs.SubTreeFileSystem(str(folder), pyarrow.fs.LocalFileSystem())
    return read(store, "silver.clicks", LiveFile("file.parquet", 0, None), "_" if side == "current" else "", with_offsets=False)


@pytest.mark.parametrize("kind", [pa.timestamp("ns"), pa.timestamp("us", tz="UTC")])
@pytest.mark.parametrize(("day", "late"), [(date(2026, 11, 19), 1), (date(2026, 11, 20), 0), (date(2300, 1, 1), 0), (date.max, 0)])
def test_rows_are_late_by_the_clock_of_any_writer_and_for_any_day(kind: pa.DataType, day: date, late: int):
    came = pa.array([datetime(2026, 11, 20)], pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC")).cast(kind)
    assert _late(pa.table({"ingested_at": came}), day) == late
