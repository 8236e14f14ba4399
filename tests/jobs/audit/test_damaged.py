"""What cannot be read is told of the feed whose it is, and the ledger of the others is written all the same."""

from __future__ import annotations

from pathlib import Path

import pyarrow.fs
import pytest
from deltalake import DeltaTable

from include.catalog import side_tables
from include.contracts import load_contracts
from include.errors import LedgerError, StoreError
from include.settings import LakeSettings
from jobs.audit import files
from jobs.audit.contents import Damaged, read
from jobs.audit.log import LiveFile
from jobs.audit.run import audit
from jobs.audit.tables import Row
from jobs.audit.verdict import FeedAudit
from tests.jobs.audit.tables import AFTERWARDS, CLICKS, Bronze, claim, fill_sides

OTHER = load_contracts()["views"]


@pytest.fixture
def other(lake: LakeSettings) -> Bronze:
    """A feed of which nothing is wrong."""
    other = Bronze(lake, OTHER)
    other.commit(range(0, 7))
    return other


def cut_in_half(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])


def garble_middle(file: Path) -> None:
    content = file.read_bytes()
    middle = len(content) // 8
    file.write_bytes(content[:middle] + b"\xff" * (len(content) // 2) + content[middle + len(content) // 2 :])


def audit_both(lake: LakeSettings) -> dict[str, FeedAudit]:
    return {each.feed: each for each in audit(lake, [CLICKS, OTHER], now=AFTERWARDS).feeds}


def ledger(lake: LakeSettings) -> dict[str, Row]:
    """The rows of ops.ledger by feed, of which each has one."""
    rows = DeltaTable(lake.table_uri("ops.ledger")).to_pyarrow_table().to_pylist()
    found = {row["feed"]: row for row in rows}
    assert len(found) == len(rows)
    return found


@pytest.mark.parametrize("damage", [cut_in_half, garble_middle, lambda file: file.write_bytes(b"")], ids=["half", "garbled", "empty"])
def test_what_a_damaged_file_of_bronze_held_is_missing_and_the_other_feed_is_closed(bronze: Bronze, other: Bronze, damage):
    bronze.commit(range(0, 40))
    bronze.commit(range(40, 60))
    audit_both(bronze.lake)
    file = bronze.files()[1]
    damage(file)
    found = audit_both(bronze.lake)
    assert list(found["clicks"].partitions[0].missing) == list(range(40, 60))
    (finding,) = found["clicks"].damaged
    assert f"{file.relative_to(bronze.folder)} of bronze.clicks cannot be read" in finding
    assert {feed: row["state"] for feed, row in ledger(bronze.lake).items()} == {"clicks": "open", OTHER.feed: "closed"}
    assert found[OTHER.feed].findings == ()


def test_a_damaged_file_that_is_restored_closes_the_ledger_again(bronze: Bronze):
    bronze.commit(range(0, 40))
    bronze.audit()
    (file,) = bronze.files()
    content = file.read_bytes()
    cut_in_half(file)
    assert not bronze.ledger().is_closed
    file.write_bytes(content)
    assert bronze.ledger().is_closed


def test_a_damaged_file_of_silver_opens_its_day(bronze: Bronze, other: Bronze):
    bronze.commit(range(10))
    fill_sides(bronze.lake, {"current": 7, "quarantine": 3})
    claim(bronze.lake, 10)
    (file,) = DeltaTable(bronze.lake.table_uri("silver.clicks")).file_uris()
    cut_in_half(Path(file.removeprefix("file://")))
    found = audit_both(bronze.lake)
    (day,) = found["clicks"].days
    assert (day.state, day.wrong, day.silver) == ("open", True, 0)
    assert "of silver.clicks cannot be read" in str(found["clicks"].damaged)
    assert ledger(bronze.lake)[OTHER.feed]["state"] == "closed"


def damage_log(lake: LakeSettings, address: str) -> None:
    cut_in_half(Path(lake.table_uri(address)) / "_delta_log" / f"{0:020d}.json")


def test_a_feed_whose_bronze_log_is_damaged_is_open_and_the_other_one_closed(bronze: Bronze, other: Bronze):
    bronze.commit(range(10))
    fill_sides(bronze.lake, {"current": 7, "quarantine": 3})
    audit_both(bronze.lake)
    known = files.known(bronze.lake, CLICKS.feed)
    damage_log(bronze.lake, CLICKS.bronze)
    found = audit(bronze.lake, [CLICKS, OTHER], now=AFTERWARDS)
    rows = ledger(bronze.lake)
    assert {feed: row["state"] for feed, row in rows.items()} == {"clicks": "open", OTHER.feed: "closed"}
    assert "could not be audited" in rows["clicks"]["findings"][0]
    assert "bronze.clicks" in rows["clicks"]["findings"][0]
    with pytest.raises(LedgerError, match="clicks: could not be audited"):
        found.check()
    assert files.known(bronze.lake, CLICKS.feed) == known
    days = DeltaTable(bronze.lake.table_uri("ops.ledger_days")).to_pyarrow_table()["feed"].to_pylist()
    assert sorted(days) == ["clicks", OTHER.feed]


def test_bronze_is_audited_where_the_log_of_another_table_of_the_feed_is_damaged(bronze: Bronze, other: Bronze):
    bronze.commit([*range(0, 5), *range(6, 10)])
    fill_sides(bronze.lake, {"current": 7, "quarantine": 2})
    audit_both(bronze.lake)
    address = side_tables("clicks")["quarantine"]
    damage_log(bronze.lake, address)
    found = audit_both(bronze.lake)["clicks"]
    partition, rest = found.partitions
    assert (list(partition.missing), found.files_read, found.days) == ([5], 0, ())
    assert (rest.name, rest.is_closed) == ("clicks", False)
    assert address in rest.findings[0]
    states = {(row["feed"], row["partition"]): row["state"] for row in rows_of_ledger(bronze.lake)}
    assert states == {("clicks", 0): "open", ("clicks", None): "open", (OTHER.feed, 0): "closed"}


def rows_of_ledger(lake: LakeSettings) -> list[Row]:
    return DeltaTable(lake.table_uri("ops.ledger")).to_pyarrow_table().to_pylist()


def test_a_store_that_does_not_answer_fails_the_audit(bronze: Bronze):
    away = LakeSettings("s3://no-lake", "http://127.0.0.1:9", "key", "secret")
    with pytest.raises(StoreError) as raised:
        audit(away, [CLICKS], now=AFTERWARDS)
    assert raised.value.no_answer


def test_a_file_that_the_store_does_not_give_is_not_taken_for_damaged(tmp_path: Path):
    (tmp_path / "file.parquet").mkdir()
    store = pyarrow.fs.SubTreeFileSystem(str(tmp_path), pyarrow.fs.LocalFileSystem())
    with pytest.raises(StoreError) as raised:
        read(store, "silver.clicks", LiveFile("file.parquet", 0, None), "_", with_offsets=False)
    assert not isinstance(raised.value, Damaged)
    assert "silver.clicks, file.parquet" in str(raised.value)
