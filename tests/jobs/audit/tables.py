"""A bronze table as the stream leaves it, to be broken, and the day's tables beside it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.transaction import AddAction

from include.catalog import side_tables
from include.contracts import load_contracts
from include.contracts.model import Contract
from include.settings import LakeSettings
from jobs.audit.partitions import PartitionLedger
from jobs.audit.run import audit
from jobs.audit.verdict import FeedAudit
from jobs.stream.bronze import SCHEMA
from tests.jobs.bronze_rows import DAY, NOON, bronze_row

CLICKS = load_contracts()["clicks"]
TOPIC_ID = "an-id"
AFTERWARDS = datetime(2026, 11, 22, 3, tzinfo=UTC)


@dataclass(frozen=True)
class Bronze:
    """The bronze table of a feed in a lake."""

    lake: LakeSettings
    contract: Contract = CLICKS

    @property
    def folder(self) -> Path:
        return Path(self.lake.table_uri(self.contract.bronze))

    @property
    def table(self) -> DeltaTable:
        return DeltaTable(self.folder)

    def commit(
        self, offsets: Iterable[int], end: int | None = None, *, topic_id: str | None = TOPIC_ID, partition: int = 0, **columns: Any
    ) -> None:
        """A row for each offset, and the transaction that says how far the partition is read (by default: to the last of them)."""
        listed = list(offsets)
        rows = [bronze_row({}, offset, topic_id=topic_id, partition=partition, **columns) for offset in listed]
        end = max(listed) + 1 if end is None else end
        carried = CommitProperties(app_transactions=[Transaction(f"{topic_id}-{partition}", end)] if end >= 0 else [])
        write_deltalake(
            self.folder, pa.Table.from_pylist(rows, SCHEMA), mode="append", partition_by=["event_date"], commit_properties=carried
        )

    def files(self) -> list[Path]:
        """The live files, the oldest first."""
        actions = pa.table(self.table.get_add_actions()).sort_by("modification_time")
        return [self.folder / path for path in actions["path"].to_pylist()]

    def rewrite(self, file: Path, without: int) -> None:
        """Takes one row out of the file, in its place, and leaves the log as it was."""
        rows = pq.ParquetFile(file).read()
        pq.write_table(rows.filter(pa.compute.not_equal(rows["offset"], without)), file)

    def add_copy(self, file: Path, name: str) -> None:
        """Copies the file and has the log name the copy, too."""
        copy = file.with_name(name)
        shutil.copy(file, copy)
        day = file.parent.name.removeprefix("event_date=")
        rows = pq.ParquetFile(file).metadata.num_rows
        path = str(copy.relative_to(self.folder))
        action = AddAction(path, copy.stat().st_size, {"event_date": day}, 0, True, json.dumps({"numRecords": rows}))
        self.table.create_write_transaction([action], "append", self.table.schema(), partition_by=["event_date"])

    def audit(self, now: datetime = AFTERWARDS) -> FeedAudit:
        """Without a Kafka."""
        (found,) = audit(self.lake, [self.contract], now=now).feeds
        return found

    def ledger(self) -> PartitionLedger:
        """The ledger of its only partition."""
        (found,) = self.audit().partitions
        return found


def fill_sides(lake: LakeSettings, shares: Mapping[str, int | Iterable[int]], day: date = DAY) -> None:
    """The day's rows of each side (current, superseded, …): of these offsets, or so many, which go on from side to side."""
    upto = 0
    for side, address in side_tables(CLICKS.feed).items():
        share = shares.get(side, 0)
        offsets = list(range(upto, upto := upto + share)) if isinstance(share, int) else list(share)
        write_deltalake(lake.table_uri(address), side_rows(side, offsets, day), mode="overwrite", partition_by=["event_date"])


def side_rows(side: str, offsets: Sequence[int], day: date = DAY, topic_id: str | None = TOPIC_ID) -> pa.Table:
    """Rows as the batch writes them: in silver the coordinates stand beside a contract's fields, and here one has the name of one."""
    prefix, rows = "_" if side == "current" else "", len(offsets)
    columns = {f"{prefix}topic_id": pa.array([topic_id] * rows, pa.string()), f"{prefix}partition": pa.array([0] * rows, pa.int32())}
    columns |= {"offset": pa.array([-1] * rows, pa.int64())} | {f"{prefix}offset": pa.array(offsets, pa.int64())}
    return pa.table(columns | {"event_date": pa.array([day] * rows, pa.date32())})


def claim(lake: LakeSettings, bronze_rows: int, built_at: datetime | None = NOON, day: date = DAY, run_id: str | None = None) -> None:
    """What the batch says of the day. Not built, and with the name of a run: silver is at it."""
    row = {"feed": CLICKS.feed, "event_date": day, "bronze_rows": bronze_rows, "built_at": built_at, "run_id": run_id}
    clock = pa.timestamp("us", tz="UTC")
    kinds = {"feed": pa.string(), "event_date": pa.date32(), "bronze_rows": pa.int64(), "built_at": clock, "run_id": pa.string()}
    write_deltalake(lake.table_uri("ops.day_accounts"), pa.Table.from_pylist([row], pa.schema(kinds)), mode="overwrite")
