"""One feed on its way into its bronze table: what was read and is not yet committed, and the commit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyarrow as pa
from deltalake import CommitProperties
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from include.contracts import Contract
from include.lease import Lease
from include.settings import LakeSettings
from include.streams.durations import DurationFigures
from jobs.common.commits import interrupted_without
from jobs.stream import bronze, table_offsets
from jobs.stream.handle import TableHandle
from jobs.stream.slices import Slice

LARGE_COMMIT_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True)
class Taken:
    """What is to be committed together: the records, and how far each partition then is read."""

    slices: list[Slice]
    offsets: dict[int, int]

    @property
    def size(self) -> int:
        return sum(piece.records.nbytes for piece in self.slices)


@dataclass
class CommitFigures:
    """What the driver tells about a table that it writes."""

    rows: int = 0
    commits: int = 0
    failures: int = 0
    commit_seconds: float = 0.0
    committed_at: float | None = None
    last_error: str | None = None
    durations: DurationFigures = field(default_factory=DurationFigures)

    def committed(self, rows: int, seconds: float) -> None:
        self.rows += rows
        self.commits += 1
        self.commit_seconds, self.committed_at, self.last_error = seconds, time.time(), None
        self.durations.note(seconds)

    def failed(self, error: Exception) -> None:
        self.failures += 1
        self.last_error = str(error)


@dataclass(frozen=True)
class Reached:
    """How far the table is by a commit: its version, the topic's next offset of each partition, and the rows since the driver started."""

    topic_id: str
    version: int
    next_offsets: Mapping[int, int]
    rows: int


@dataclass
class FeedFigures(CommitFigures):
    """What the driver tells about the feed."""

    began: Reached | None = None  # where the first hold of the table, or of this topic, began
    reached: Reached | None = None
    upkeep_error: str | None = None
    lost: str | None = None  # what retention took before it was read: told until the driver ends

    def reach(self, reached: Reached) -> None:
        if self.began is None or self.began.topic_id != reached.topic_id:
            self.began = reached
        self.reached = reached


@dataclass
class FeedStream:
    """A feed's buffer and its hold of the table."""

    contract: Contract
    topic_id: str
    partitions: tuple[int, ...]
    handle: TableHandle
    next_offsets: dict[int, int]  # what the table lacks, per partition
    positions: dict[int, int]  # what is to be read next, per partition
    held: int | None  # rows of the table; None where its log does not say
    figures: FeedFigures = field(default_factory=FeedFigures)
    pending: list[Slice] = field(default_factory=list)
    pending_bytes: int = 0
    waiting_since: float | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)  # guards what is pending
    committing: threading.Lock = field(default_factory=threading.Lock)  # one commit at a time goes through the handle

    @classmethod
    def open(
        cls,
        contract: Contract,
        topic_id: str,
        partitions: tuple[int, ...],
        lake: LakeSettings,
        lease: Lease,
        figures: FeedFigures | None = None,
        refuse: Callable[[], object] = lambda: None,
    ) -> FeedStream:
        """Takes the table over: its offsets are where reading starts, and a commit of ours turns older handles stale. Where there is no
        table, `refuse` is asked before it is made. Raises OffsetsLost where its rows and offsets do not go together, and StoreError."""
        table = bronze.open_or_create(lake, contract.bronze, refuse=refuse)
        # A partition that the table has nothing of has an offset, too, from now on: one without is then a sign of loss.
        offsets = dict.fromkeys(partitions, 0) | table_offsets.believed(table, contract, topic_id, partitions)
        handle = TableHandle(contract.bronze, lake, lease, table)
        held = table_offsets.rows_held(table)
        feed = cls(contract, topic_id, partitions, handle, offsets, dict(offsets), held, figures or FeedFigures())
        feed._append(bronze.SCHEMA.empty_table(), offsets, table.transaction_version(bronze.ROWS_APP_ID))
        return feed

    @property
    def wait_seconds(self) -> float:
        """How long records may wait for company: a feed that promises seconds gets few, large commits."""
        return max(0.0, self.contract.sla.latency_seconds / 2 - 0.5)

    def due_at(self) -> float | None:
        """When what is pending is to be committed, by the monotonic clock; None when nothing is."""
        with self.lock:
            if self.waiting_since is None:
                return None
            return self.waiting_since + (0.0 if self.pending_bytes > LARGE_COMMIT_BYTES else self.wait_seconds)

    def offer(self, slices: list[Slice]) -> None:
        """Buffers what was read; what was read before is left out."""
        with self.lock:
            for piece in slices:
                fresh = piece.beyond(self.positions.get(piece.partition, 0))
                if fresh is None:
                    continue
                self.pending.append(fresh)
                self.pending_bytes += fresh.records.nbytes
                self.positions[fresh.partition] = fresh.next
                self.waiting_since = self.waiting_since or time.monotonic()

    def is_short_of(self, offsets: Mapping[int, int]) -> bool:
        """Whether the query has read further than is known here."""
        with self.lock:
            return any(offset > self.positions.get(number, 0) for number, offset in offsets.items())

    def reach(self, offsets: Mapping[int, int]) -> None:
        """Notes how far the query has read: beyond the last record when markers of transactions or compaction left no more."""
        with self.lock:
            if not self.pending:
                self._go_on(offsets)

    def skip(self, offsets: Mapping[int, int]) -> None:
        """Goes on from there where it is further: Kafka has nothing before it any more."""
        with self.lock:
            self._go_on(offsets)

    def _go_on(self, offsets: Mapping[int, int]) -> None:
        beyond = {number: offset for number, offset in offsets.items() if offset > self.positions.get(number, 0)}
        if beyond:
            self.positions.update(beyond)
            self.waiting_since = self.waiting_since or time.monotonic()

    def take(self) -> Taken:
        """All that is pending; it is the caller's now."""
        with self.lock:
            taken, self.pending, self.waiting_since = Taken(self.pending, dict(self.positions)), [], None
            return taken

    def settle(self, taken: Taken) -> None:
        """Gives the room of what was taken back, whether it was committed or dropped."""
        with self.lock:
            self.pending_bytes -= taken.size

    def commit_pending(self) -> int:
        """Commits all that is pending; the number of rows. Only one commit at a time: what is taken goes on from the last one."""
        taken = self.take()
        try:
            return self.commit(taken)
        finally:
            self.settle(taken)

    def commit(self, taken: Taken) -> int:
        """Appends the records and their offsets in one Delta commit; the number of rows.

        Idempotent: the offsets decide what is missing, and a commit from a stale handle is refused. Raises FencedError
        when another writer committed meanwhile, LeaseLost without a valid lease, StoreError when the store does not answer.
        """
        if taken.offsets == self.next_offsets:
            return 0
        started = time.monotonic()
        records = pa.concat_tables([bronze.SCHEMA.empty_table(), *(_as_rows(piece.records, self.topic_id) for piece in taken.slices)])
        self._append(records, taken.offsets)
        self.figures.committed(records.num_rows, time.monotonic() - started)
        return records.num_rows

    def commit_frame(self, rows: DataFrame, offsets: Mapping[int, int], count: int) -> int:
        """Appends `count` rows by Spark's distributed writer, then their offsets in a commit of ours; the number of rows.

        Idempotent: both commits carry the same number, and a start that finds the first without the second asks the rows
        how far they reach. Raises LeaseLost without a valid lease, which alone fences here: when it is lost, Spark is interrupted.
        """
        started = time.monotonic()
        number = (self.handle.table.transaction_version(bronze.ROWS_APP_ID) or 0) + 1
        writer = (
            rows.withColumns({"topic_id": F.lit(self.topic_id), "ingested_at": F.current_timestamp()})
            .select(*bronze.SCHEMA.names)
            .write.format("delta")
            .mode("append")
            .options(txnAppId=bronze.ROWS_APP_ID, txnVersion=str(number))
        )
        with interrupted_without(self.handle.lease, rows.sparkSession, self.contract.bronze):
            writer.save(self.handle.lake.spark_table_uri(self.contract.bronze))
        self.handle.table.update_incremental()
        offsets = self.next_offsets | dict(offsets)
        self._append(bronze.SCHEMA.empty_table(), offsets, number, before=count)
        with self.lock:
            self.positions.update(offsets)
        self.figures.committed(count, time.monotonic() - started)
        return count

    def _append(self, rows: pa.Table, offsets: Mapping[int, int], rows_number: int | None = None, before: int = 0) -> None:
        """One commit. `before`: rows that Spark has appended since the last."""
        held = None if self.held is None else self.held + before + rows.num_rows

        def properties(batch: str) -> CommitProperties:
            return bronze.commit_properties(self.topic_id, offsets, self.handle.lease.epoch, batch, held, rows_number)

        self.handle.commit(rows, properties)
        self.next_offsets, self.held = dict(offsets), held
        self.figures.reach(Reached(self.topic_id, self.handle.table.version(), dict(offsets), self.figures.rows + before + rows.num_rows))


def _as_rows(records: pa.Table, topic_id: str) -> pa.Table:
    """The records with what is the same for all of them."""
    same = {"topic_id": topic_id, "ingested_at": datetime.now(UTC)}
    for name, value in same.items():
        column = pa.repeat(pa.scalar(value, bronze.SCHEMA.field(name).type), records.num_rows)
        records = records.append_column(name, column)
    return records.select(bronze.SCHEMA.names).cast(bronze.SCHEMA)
