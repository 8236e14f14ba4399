"""A table whose rows and offsets do not go together is not read on from anywhere by itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from include.contracts import load_contracts
from include.delta_log import open_table, transaction_app_id
from include.errors import FencedError, OffsetsLost
from include.lease import Lease
from include.settings import LakeSettings
from jobs.stream import bronze
from jobs.stream.feed import FeedStream, Taken
from jobs.stream.slices import Slice
from jobs.stream.table_offsets import believed, refuse_lost_log, row_ends
from tests.jobs.bronze_rows import append, bronze_row

METRICS = load_contracts()["metrics"]
TOPIC = "topic-id"  # as the rows have it


def open_feed(lake: LakeSettings, lease: Lease, topic_id: str = TOPIC, partitions: tuple[int, ...] = (0, 1)) -> FeedStream:
    return FeedStream.open(METRICS, topic_id, partitions, lake, lease)


def commit(feed: FeedStream, **ends: int) -> None:
    """Records up to these offsets, in one commit: p0=5 says that partition 0 is read up to offset 4."""
    names = [name for name in bronze.SCHEMA.names if name not in ("topic_id", "ingested_at")]
    offsets, slices = dict(feed.next_offsets), []
    for name, end in ends.items():
        number = int(name.removeprefix("p"))
        made = [bronze_row(b"x", offset, partition=number) for offset in range(offsets[number], end)]
        slices.append(Slice(number, offsets[number], end, pa.Table.from_pylist(made, bronze.SCHEMA).select(names)))
        offsets[number] = end
    feed.commit(Taken(slices, offsets))


def delta(lake: LakeSettings) -> DeltaTable:
    return DeltaTable(lake.table_uri(METRICS.bronze))


def hide_data_files(lake: LakeSettings) -> None:
    """Whoever opens a data file now fails."""
    for file in Path(lake.table_uri(METRICS.bronze)).glob("event_date=*/*.parquet"):
        file.unlink()


def move_offset(lake: LakeSettings, partition: int, offset: int) -> None:
    """As somebody does who writes an offset and no row."""
    moved = CommitProperties(app_transactions=[Transaction(transaction_app_id(TOPIC, partition), offset)])
    write_deltalake(delta(lake), bronze.SCHEMA.empty_table(), mode="append", commit_properties=moved)


def test_what_a_stream_left_is_gone_on_with_and_no_data_file_is_read(lake: LakeSettings, lease: Lease) -> None:
    feed = open_feed(lake, lease)
    commit(feed, p0=20, p1=2)
    commit(feed, p0=30)
    hide_data_files(lake)
    assert open_feed(lake, lease).next_offsets == {0: 30, 1: 2}


def test_merged_files_and_checkpoints_are_gone_on_with(lake: LakeSettings, lease: Lease) -> None:
    feed = open_feed(lake, lease)
    for end in (10, 20, 30):
        commit(feed, p0=end)
    table = delta(lake)
    table.optimize.compact()
    table.create_checkpoint()
    assert open_feed(lake, lease).next_offsets == {0: 30, 1: 0}


def test_partition_that_was_added_is_read_from_its_beginning_and_no_data_file_is_read(lake: LakeSettings, lease: Lease) -> None:
    commit(open_feed(lake, lease), p1=5)
    hide_data_files(lake)
    assert open_feed(lake, lease, partitions=(0, 1, 2)).next_offsets == {0: 0, 1: 5, 2: 0}


def test_topic_made_anew_is_read_from_its_beginning(lake: LakeSettings, lease: Lease) -> None:
    commit(open_feed(lake, lease), p0=5)
    assert open_feed(lake, lease, topic_id="made-anew").next_offsets == {0: 0, 1: 0}


def test_copied_table_is_refused_with_both_numbers_and_the_choices(lake: LakeSettings, lease: Lease) -> None:
    append(lake, METRICS, [bronze_row(b"x", offset, partition=1) for offset in range(7)])
    with pytest.raises(OffsetsLost) as caught:
        open_feed(lake, lease)
    told = str(caught.value)
    assert caught.value.value == {"rows end at": 7, "offset in the log": None}
    wanted = ["feed metrics", "partition 1", "headwater stream resume metrics", "rows:", "earliest:", "latest:", "twice"]
    assert [word for word in wanted if word not in told] == []
    assert delta(lake).version() == 0


def test_copied_table_whose_rows_name_no_topic_is_refused(lake: LakeSettings, lease: Lease) -> None:
    append(lake, METRICS, [bronze_row(b"x", offset, topic_id=None) for offset in range(7)])
    with pytest.raises(OffsetsLost, match="never written by a stream"):
        open_feed(lake, lease)


def test_rows_of_this_topic_without_any_offset_of_it_are_refused(lake: LakeSettings, lease: Lease) -> None:
    commit(open_feed(lake, lease, topic_id="another"), p0=3)
    append(lake, METRICS, [bronze_row(b"x", 4, partition=1)])
    with pytest.raises(OffsetsLost, match="rows of this topic and no offset") as caught:
        open_feed(lake, lease)
    assert caught.value.value == {"rows end at": 5, "offset in the log": None}


def test_rows_beyond_the_offset_are_refused(lake: LakeSettings, lease: Lease) -> None:
    feed = open_feed(lake, lease)
    commit(feed, p0=10, p1=50)
    append(lake, METRICS, [bronze_row(b"x", 12)])
    with pytest.raises(OffsetsLost, match="beyond the offset") as caught:
        open_feed(lake, lease)
    assert caught.value.value == {"rows end at": 13, "offset in the log": 10}


def test_rows_that_somebody_deleted_stop_nothing(lake: LakeSettings, lease: Lease) -> None:
    commit(open_feed(lake, lease), p0=10)
    delta(lake).delete('"offset" < 4')
    assert open_feed(lake, lease).next_offsets == {0: 10, 1: 0}


def test_table_that_was_set_back_is_refused_as_delta_keeps_the_newer_offsets(lake: LakeSettings, lease: Lease) -> None:
    feed = open_feed(lake, lease)
    commit(feed, p0=10)
    before = delta(lake).version()
    commit(feed, p0=20)
    delta(lake).restore(before)
    assert delta(lake).transaction_version(transaction_app_id(TOPIC, 0)) == 20
    with pytest.raises(OffsetsLost, match="restored in version") as caught:
        open_feed(lake, lease)
    assert caught.value.value == {"rows end at": 10, "offset in the log": 20}


@pytest.mark.parametrize("moved_to", [5, 35])
def test_an_offset_that_somebody_moved_is_refused_whichever_way_and_told_by_its_partition(
    lake: LakeSettings, lease: Lease, moved_to: int
) -> None:
    feed = open_feed(lake, lease)
    commit(feed, p0=20, p1=7)
    move_offset(lake, 0, moved_to)
    with pytest.raises(OffsetsLost, match="names offsets that no commit of the stream has left") as caught:
        open_feed(lake, lease)
    assert "partition 0" in caught.value.where
    assert caught.value.value == {"rows end at": 20, "offset in the log": moved_to}
    with pytest.raises(FencedError):
        commit(feed, p0=21)


def test_an_offset_that_is_moved_in_a_table_without_rows_is_refused(lake: LakeSettings, lease: Lease) -> None:
    open_feed(lake, lease)
    move_offset(lake, 1, 3)
    with pytest.raises(OffsetsLost, match="no commit of the stream"):
        open_feed(lake, lease)


def test_two_offsets_that_are_exchanged_are_refused(lake: LakeSettings, lease: Lease) -> None:
    commit(open_feed(lake, lease), p0=20, p1=7)
    move_offset(lake, 0, 7)
    move_offset(lake, 1, 20)
    with pytest.raises(OffsetsLost, match="no commit of the stream"):
        open_feed(lake, lease)


def test_a_table_whose_log_is_gone_is_not_begun_anew_beside_its_files(lake: LakeSettings, lease: Lease) -> None:
    commit(open_feed(lake, lease), p0=20)
    shutil.rmtree(Path(lake.table_uri(METRICS.bronze)) / "_delta_log")
    with pytest.raises(OffsetsLost, match="1 data file and no log") as caught:
        refuse_lost_log(lake, METRICS)
    assert "_delta_log" in caught.value.fix
    assert open_table(lake, METRICS.bronze) is None


def test_table_of_an_earlier_version_without_a_count_is_gone_on_with(lake: LakeSettings, lease: Lease) -> None:
    append(lake, METRICS, [bronze_row(b"x", offset, partition=offset % 2) for offset in range(10)])
    offsets = [Transaction(bronze.WRITER_APP_ID, 1), *(Transaction(transaction_app_id(TOPIC, number), 9 + number) for number in (0, 1))]
    nothing = bronze.SCHEMA.empty_table()
    write_deltalake(delta(lake), nothing, mode="append", commit_properties=CommitProperties(app_transactions=offsets))
    assert believed(delta(lake), METRICS, TOPIC, (0, 1)) == {0: 9, 1: 10}
    assert open_feed(lake, lease).held == 10


def test_statistics_rule_out_partitions_and_offsets_before_a_file_is_read(lake: LakeSettings) -> None:
    append(lake, METRICS, [bronze_row(b"x", offset) for offset in range(5)])
    table = delta(lake)
    hide_data_files(lake)
    assert row_ends(table, TOPIC, [1, 2]) == {}
    assert row_ends(table, TOPIC, [0], {0: 5}) == {}
    assert row_ends(table, "made-anew", [0]) == {}
