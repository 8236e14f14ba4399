"""What the ledger of a partition finds, and what it does not take for a finding."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from include.errors import LedgerError
from include.settings import LakeSettings
from jobs.audit import gaps
from jobs.audit.run import audit
from tests.jobs.audit.tables import CLICKS, TOPIC_ID, Bronze


def test_a_row_for_every_offset_closes_the_ledger(bronze: Bronze):
    bronze.commit(range(0, 50))
    bronze.commit(range(50, 80))
    ledger = bronze.ledger()
    assert (ledger.is_closed, ledger.next_offset, ledger.held.rows, ledger.findings) == (True, 80, 80, ())


def test_the_ledger_is_a_table_to_be_asked(bronze: Bronze):
    bronze.commit([*range(0, 7), 8, 8], end=10)
    bronze.audit()
    (row,) = DeltaTable(bronze.lake.table_uri("ops.ledger")).to_pyarrow_table().to_pylist()
    assert {name: row[name] for name in ("feed", "topic_id", "partition", "first_offset", "next_offset", "rows", "unique_offsets")} == {
        "feed": "clicks",
        "topic_id": TOPIC_ID,
        "partition": 0,
        "first_offset": 0,
        "next_offset": 10,
        "rows": 9,
        "unique_offsets": 8,
    }
    assert (row["missing"], row["doubled"]) == ([{"first": 7, "last": 7}, {"first": 9, "last": 9}], [{"first": 8, "last": 8}])
    assert (row["state"], row["bronze_version"]) == ("open", 0)


def test_one_skipped_offset_is_named(bronze: Bronze):
    bronze.commit([*range(0, 17), *range(18, 40)])
    assert bronze.ledger().findings == ("offset 17 missing, and Kafka was not asked",)


def test_a_row_that_a_delta_delete_took_is_named(bronze: Bronze):
    bronze.commit(range(0, 40))
    assert bronze.ledger().is_closed
    bronze.table.delete('"offset" = 23')
    assert list(bronze.ledger().missing) == [23]


def test_a_row_that_was_cut_out_of_its_file_is_named_and_so_is_the_file(bronze: Bronze):
    bronze.commit(range(0, 40))
    bronze.commit(range(40, 60))
    assert bronze.ledger().is_closed
    (file, _) = bronze.files()
    bronze.rewrite(file, without=5)
    ledger = bronze.ledger()
    assert list(ledger.missing) == [5]
    assert [finding for finding in ledger.findings if file.name in finding and "0–4, 6–39" in finding]


def test_a_file_that_was_written_again_before_the_first_audit_is_known_by_its_size(bronze: Bronze):
    bronze.commit(range(0, 40))
    bronze.rewrite(bronze.files()[0], without=-1)
    assert "was written again in its place" in str(bronze.ledger().findings)


def test_a_file_that_is_gone_from_the_store_is_named_with_its_offsets(bronze: Bronze):
    bronze.commit(range(0, 40))
    bronze.commit(range(40, 60))
    assert bronze.ledger().is_closed
    (_, file) = bronze.files()
    file.unlink()
    found = bronze.audit()
    assert list(found.partitions[0].missing) == list(range(40, 60))
    assert file.name in str(found.damaged)


def test_a_copy_of_a_file_that_the_log_names_is_doubled_rows(bronze: Bronze):
    bronze.commit(range(0, 10))
    bronze.commit(range(10, 20))
    bronze.add_copy(bronze.files()[1], "copy.parquet")
    ledger = bronze.ledger()
    assert list(ledger.held.doubled) == list(range(10, 20))
    assert "offsets 10–19 more than once, 10 rows too many" in ledger.findings[0]
    assert "copy.parquet" in ledger.findings[0]


def test_a_copy_of_a_file_that_no_log_names_is_no_row(bronze: Bronze):
    bronze.commit(range(0, 10))
    file = bronze.files()[0]
    file.with_name("copy.parquet").write_bytes(file.read_bytes())
    assert bronze.ledger().is_closed


def test_rows_that_were_appended_again_are_named(bronze: Bronze):
    bronze.commit(range(0, 10))
    bronze.commit(range(8, 12))
    assert list(bronze.ledger().held.doubled) == [8, 9]


def test_the_same_offset_twice_in_one_file_is_named(bronze: Bronze):
    bronze.commit([0, 1, 1, 1, 2])
    assert "offset 1 more than once, 2 rows too many" in bronze.ledger().findings[0]


def test_a_lost_and_a_doubled_row_do_not_make_up_for_each_other(bronze: Bronze):
    bronze.commit([0, 1, 1, 3])
    ledger = bronze.ledger()
    assert (ledger.held.rows, list(ledger.missing), list(ledger.held.doubled)) == (4, [2], [1])
    assert not ledger.is_closed


def test_offsets_of_a_topic_made_anew_are_no_doubles(bronze: Bronze):
    bronze.commit(range(0, 10))
    bronze.commit(range(0, 6), topic_id="another-id")
    ledgers = bronze.audit().partitions
    assert [(each.topic_id, each.next_offset, each.is_closed) for each in ledgers] == [(TOPIC_ID, 10, True), ("another-id", 6, True)]


def test_partitions_are_judged_each_by_itself(bronze: Bronze):
    bronze.commit(range(0, 10), partition=0)
    bronze.commit([0, 2], partition=1)
    assert [(each.partition, list(each.missing)) for each in bronze.audit().partitions] == [(0, []), (1, [1])]


def test_rows_beyond_the_committed_end_are_of_nowhere(bronze: Bronze):
    bronze.commit(range(0, 10), end=8)
    assert bronze.ledger().findings == ("offsets 8–9 with a row, beyond the committed end 8",)


def test_rows_of_a_partition_that_nobody_read_are_of_nowhere(bronze: Bronze):
    bronze.commit(range(0, 3), end=-1)
    assert bronze.ledger().findings == ("offsets 0–2 with a row, and no commit says that this partition was read",)


def test_a_partition_that_lost_all_its_rows_is_still_expected(bronze: Bronze):
    bronze.commit(range(0, 5))
    bronze.commit(range(0, 3), partition=1)
    bronze.table.delete("partition = 1")
    bronze.table.create_checkpoint()
    assert [list(each.missing) for each in bronze.audit().partitions] == [[], [0, 1, 2]]


def test_rows_without_a_topic_id_are_told_as_such(bronze: Bronze):
    bronze.commit(range(0, 5), end=-1, topic_id=None)
    (finding,) = bronze.ledger().findings
    assert finding == "5 rows without a topic id, offsets 0–4: an earlier version wrote them"


def test_a_table_of_an_earlier_version_without_the_column_is_told_as_such(bronze: Bronze):
    write_deltalake(bronze.folder, pa.table({"partition": pa.array([0, 0], pa.int32()), "offset": [0, 1]}))
    assert "2 rows without a topic id" in str(bronze.ledger().findings)


def test_declared_gaps_close_the_ledger_and_are_summed_by_reason(bronze: Bronze):
    bronze.commit([*range(0, 3), *range(4, 6), *range(20, 30)], end=31)
    now = datetime(2026, 11, 20, tzinfo=UTC)
    proven = {"retention": gaps.covering([(6, 19)]), "transaction markers": gaps.covering([(3, 3), (30, 30)])}
    gaps.keep(bronze.lake, {"clicks": {(TOPIC_ID, 0): proven}}, now)
    ledger = bronze.ledger()
    assert ledger.is_closed
    (row,) = DeltaTable(bronze.lake.table_uri("ops.ledger")).to_pyarrow_table(columns=["gaps"]).to_pylist()
    assert row["gaps"] == [
        {"first": 6, "last": 19, "reason": "retention", "records": 14},
        {"first": 3, "last": 30, "reason": "transaction markers", "records": 2},
    ]


def test_a_declared_gap_does_not_count_where_there_are_rows(bronze: Bronze):
    bronze.commit([0, 1, 2, 4])
    gaps.keep(bronze.lake, {"clicks": {(TOPIC_ID, 0): {"retention": gaps.covering([(0, 3)])}}}, datetime.now(UTC))
    ledger = bronze.ledger()
    assert (ledger.is_closed, {reason: list(offsets) for reason, offsets in ledger.gaps.items()}) == (True, {"retention": [3]})


def test_a_gap_of_another_epoch_explains_nothing(bronze: Bronze):
    bronze.commit([0, 2])
    gaps.keep(bronze.lake, {"clicks": {("another-id", 0): {"retention": gaps.covering([(1, 1)])}}}, datetime.now(UTC))
    assert list(bronze.ledger().missing) == [1]


def test_the_ledger_of_another_feed_stays_as_it_is(bronze: Bronze, lake: LakeSettings):
    bronze.commit(range(0, 10))
    bronze.audit()
    audit(lake, [], now=datetime.now(UTC))
    assert DeltaTable(lake.table_uri("ops.ledger")).to_pyarrow_table()["feed"].to_pylist() == ["clicks"]


def test_an_audit_without_any_table_finds_nothing_and_says_so(bronze: Bronze):
    found = bronze.audit()
    assert (found.partitions, found.findings, str(found)) == ((), (), "clicks: bronze has not read it yet")


def test_what_is_open_is_raised_with_every_offset(bronze: Bronze):
    bronze.commit([0, 2, 4])
    with pytest.raises(LedgerError, match="offsets 1, 3 missing"):
        audit(bronze.lake, [CLICKS]).check()
