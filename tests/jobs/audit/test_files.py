"""An audit reads what is new, and nothing twice."""

from __future__ import annotations

import os

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from pyspark.sql import SparkSession

from jobs.audit.files import ADDRESS, SCHEMA, FileSummary, known
from tests.jobs.audit.tables import CLICKS, TOPIC_ID, Bronze, fill_sides


def kept(bronze: Bronze) -> list[FileSummary]:
    return known(bronze.lake, CLICKS.feed)


def test_a_second_audit_reads_no_file_and_finds_the_same(bronze: Bronze):
    bronze.commit(range(0, 10))
    bronze.commit([10, 10, 12])
    first, second = bronze.audit(), bronze.audit()
    assert (first.files_read, second.files_read) == (2, 0)
    assert first.partitions == second.partitions


def test_an_audit_reads_the_new_file_alone(bronze: Bronze):
    for first in range(0, 50, 10):
        bronze.commit(range(first, first + 10))
    bronze.audit()
    bronze.commit(range(50, 60))
    found = bronze.audit()
    assert (found.files_read, found.partitions[0].held.rows) == (1, 60)


def test_compaction_changes_nothing_and_has_the_new_file_read_alone(bronze: Bronze):
    for first in range(0, 50, 10):
        bronze.commit(range(first, first + 10))
    before = bronze.audit()
    bronze.table.optimize.compact()
    after = bronze.audit()
    assert (before.files_read, after.files_read, len(kept(bronze))) == (5, 1, 1)
    assert after.partitions[0].is_closed
    assert before.partitions[0].held == after.partitions[0].held


def test_a_file_with_another_tag_is_read_again(bronze: Bronze):
    bronze.commit(range(0, 10))
    bronze.audit()
    os.utime(bronze.files()[0], (1, 1))
    found = bronze.audit()
    assert found.files_read == 1
    assert "was written again in its place: it has offsets 0–9" in str(found.findings)


def test_what_was_written_again_stays_known(bronze: Bronze):
    bronze.commit(range(0, 10))
    bronze.audit()
    os.utime(bronze.files()[0], (1, 1))
    bronze.audit()
    again = bronze.audit()
    assert (again.files_read, len(again.findings)) == (0, 1)


def test_a_summary_holds_rows_and_offsets_by_topic_id_and_partition(bronze: Bronze):
    bronze.commit([3, 4, 4])
    bronze.audit()
    (summary,) = kept(bronze)
    (held,) = [summary.held[TOPIC_ID, 0]]
    assert (summary.rows, held.rows, list(held.offsets), list(held.doubled)) == (3, 3, [3, 4], [4])


def test_rows_that_a_deletion_vector_hides_are_missing(bronze: Bronze, spark: SparkSession):
    bronze.commit(range(0, 20))
    assert bronze.ledger().is_closed
    spark.sql(f"ALTER TABLE delta.`{bronze.folder}` SET TBLPROPERTIES ('delta.enableDeletionVectors' = true)").collect()
    spark.sql(f"DELETE FROM delta.`{bronze.folder}` WHERE offset IN (4, 11)").collect()
    assert any(row["deletionVector"] for row in _added(bronze))
    assert list(bronze.ledger().missing) == [4, 11]


def _added(bronze: Bronze) -> list[dict[str, object]]:
    import json

    newest = bronze.folder / "_delta_log" / f"{bronze.table.version():020d}.json"
    return [action["add"] for action in map(json.loads, newest.read_text().splitlines()) if "add" in action]


@pytest.mark.parametrize("row_groups", [1, 7])
def test_a_double_across_row_groups_of_one_file_is_found(bronze: Bronze, row_groups: int):
    import pyarrow.parquet as pq

    bronze.commit([*range(0, 14), 3])
    (file,) = bronze.files()
    rows = pq.ParquetFile(file).read()
    pq.write_table(rows, file, row_group_size=-(-rows.num_rows // row_groups))
    assert list(bronze.ledger().held.doubled) == [3]


def test_of_the_tables_that_share_out_bronze_a_number_is_kept_and_no_file_is_read_twice(bronze: Bronze):
    bronze.commit(range(0, 10))
    fill_sides(bronze.lake, {"current": 7, "quarantine": 3})
    first, second = bronze.audit(), bronze.audit()
    assert (first.files_read, second.files_read, first.days == second.days) == (3, 0, True)
    assert {each.address: (each.rows, list(each.held)) for each in kept(bronze)} == {
        "bronze.clicks": (10, [(TOPIC_ID, 0)]),
        "silver.clicks": (7, []),
        "quarantine.clicks": (3, []),
    }
    assert all(each.digest for each in kept(bronze))


def test_a_table_that_a_former_version_made_gets_its_columns_and_the_files_are_read_once_more(bronze: Bronze):
    bronze.commit(range(0, 10))
    bronze.audit()
    tags = [each.first_etag for each in kept(bronze)]
    address = bronze.lake.table_uri(ADDRESS)
    former = pa.schema([field for field in SCHEMA if field.name != "digest"])
    rows = DeltaTable(address).to_pyarrow_table().select(former.names).cast(former)
    write_deltalake(address, rows, mode="overwrite", schema_mode="overwrite")
    assert "digest" not in DeltaTable(address).to_pyarrow_table().column_names
    first, second = bronze.audit(), bronze.audit()
    assert (first.findings, first.files_read, second.files_read) == ((), 1, 0)
    assert [each.first_etag for each in kept(bronze)] == tags


def test_the_auditors_tables_are_read_by_anyone(bronze: Bronze):
    bronze.commit(range(0, 10))
    bronze.audit()
    for name in ("ledger", "ledger_days", "ledger_files"):
        assert isinstance(DeltaTable(bronze.lake.table_uri(f"ops.{name}")).to_pyarrow_table(), pa.Table)
