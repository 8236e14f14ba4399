"""A feed's records on their way to live tables and alerts: those that were just read from Kafka, or, for whoever is further behind,
bronze's.

Live tables never hold bronze up. What was read is remembered for a moment; a table that could not take it in time, that failed, or that
is new, reads the rest from bronze, and is back with the newest records once it has caught up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

import pyarrow as pa
import pyarrow.dataset as ds
from deltalake import DeltaTable

from include.contracts import Contract
from include.delta_log import open_table, transaction_offsets
from include.settings import LakeSettings
from jobs.common.records import RecordReader
from jobs.stream.slices import Slice

REMEMBERED_BYTES = 4 * 1024 * 1024
CHUNK_OFFSETS = 5_000  # of bronze's, for each partition and turn
SLICE_ROWS = 5_000
NOWHERE = 2**63 - 1
RECORDS = pa.schema(
    [("value", pa.binary()), ("partition", pa.int32()), ("offset", pa.int64()), ("event_time", pa.timestamp("us", tz="UTC"))]
)

Offsets = Mapping[int, int]
Pending = TypeVar("Pending")


@dataclass(frozen=True)
class Read:
    """Rows of the feed that keep its contract, with `_time`, `_offset` and `_partition`, and how far each partition is read with them.
    `start` is where they begin."""

    rows: pa.Table
    start: dict[int, int]
    next: dict[int, int]

    def unseen(self, seen: Offsets) -> pa.Table:
        """The rows at or after these offsets."""
        if all(seen.get(number, 0) == first for number, first in self.start.items()):
            return self.rows
        places = zip(self.rows["_partition"].to_pylist(), self.rows["_offset"].to_pylist(), strict=True)
        return self.rows.filter(pa.array([offset >= seen.get(number, 0) for number, offset in places], pa.bool_()))

    def after(self, seen: Offsets) -> dict[int, int]:
        """How far who had seen so much has seen with it."""
        return {number: max(seen.get(number, 0), end) for number, end in self.next.items()}


@dataclass(frozen=True)
class Portion(Generic[Pending]):
    """What a table commits together: what it has pending, and how far each of its feeds then is read, by topic and partition."""

    pending: list[Pending]
    positions: dict[str, dict[int, int]]

    @classmethod
    def of(cls, pending: list[Pending], positions: Mapping[str, Offsets]) -> Portion[Pending]:
        return cls(pending, {topic: dict(places) for topic, places in positions.items()})


class LiveFeed:
    """One feed. One thread's."""

    def __init__(self, contract: Contract, topic_id: str, partitions: tuple[int, ...], lake: LakeSettings) -> None:
        self.contract, self.topic_id, self.partitions = contract, topic_id, partitions
        self._lake = lake
        self._remembered: deque[Slice] = deque()
        self._bytes = 0
        # From there on nothing that was read has been forgotten; bronze is asked for what lies before.
        self._complete_from = dict.fromkeys(partitions, NOWHERE)
        self._offered = dict.fromkeys(partitions, NOWHERE)  # how far
        self.taken: dict[int, int] = {}  # how far by every table that is filled from it
        self._bronze: DeltaTable | None = None

    @cached_property
    def _reader(self) -> RecordReader:
        """Made when it is needed: a rule that it cannot run stops what is filled from this feed, and nothing else."""
        return RecordReader(self.contract)

    def begin(self, start: Offsets) -> None:
        """Kafka is read from there, and everything from there on is offered."""
        self._remembered.clear()
        self._bytes, self._complete_from, self._offered = 0, dict(start), dict(start)

    def end(self) -> None:
        """Nothing more is offered."""
        self.begin(dict.fromkeys(self.partitions, NOWHERE))

    def offer(self, slices: list[Slice]) -> None:
        """Remembers what was read."""
        for piece in slices:
            self._remembered.append(piece)
            self._bytes += piece.records.nbytes
            self._offered[piece.partition] = max(piece.next, self._offered[piece.partition])

    def make_up(self, committed: Offsets) -> bool:
        """What bronze has by these offsets and was not offered, a consumer that is silent or the markers of a transaction, is read from
        bronze; whether there was any."""
        missed = {number: end for number, end in committed.items() if end > self._offered.get(number, NOWHERE)}
        self._offered |= missed
        self._complete_from |= missed
        return bool(missed)

    def forget(self, taken: Offsets) -> None:
        """What lies before these offsets is not asked for again; beyond that the oldest is forgotten where it is too much."""
        self.taken = dict(taken)
        while self._remembered and self._remembered[0].next <= taken.get(self._remembered[0].partition, 0):
            self._forget_oldest()
        while self._bytes > REMEMBERED_BYTES:
            self._forget_oldest()

    def read(self, positions: Offsets) -> Read | None:
        """The next rows from these positions on; None where there are none."""
        start = {number: positions.get(number, 0) for number in self.partitions}
        pieces, reached = self._from_memory(start)
        behind = {number: start[number] for number in self.partitions if start[number] < self._complete_from.get(number, NOWHERE)}
        older, further = self._from_bronze(behind)
        after = start | reached | further
        return None if after == start else Read(self._judged([*older, *pieces]), start, after)

    def _forget_oldest(self) -> None:
        piece = self._remembered.popleft()
        self._bytes -= piece.records.nbytes
        self._complete_from[piece.partition] = max(piece.next, self._complete_from[piece.partition])

    def _from_memory(self, start: Offsets) -> tuple[list[pa.Table], dict[int, int]]:
        found, reached, rows = [], {}, 0
        at_hand = {number for number in self.partitions if start[number] >= self._complete_from.get(number, NOWHERE)}
        for piece in self._remembered:
            fresh = piece.beyond(start[piece.partition]) if piece.partition in at_hand else None
            if fresh is not None:
                found.append(fresh.records.select(RECORDS.names))
                reached[piece.partition] = fresh.next
                rows += fresh.records.num_rows
            if rows > SLICE_ROWS:
                break
        return found, reached

    def _from_bronze(self, behind: Offsets) -> tuple[list[pa.Table], dict[int, int]]:
        """Of each partition the next chunk that bronze holds."""
        committed = self._bronze_offsets() if behind else {}
        ends = {number: min(first + CHUNK_OFFSETS, committed.get(number, 0)) for number, first in behind.items()}
        wanted = {number: (behind[number], end) for number, end in ends.items() if end > behind[number]}
        if not wanted or self._bronze is None:
            return [], {}
        condition = ds.scalar(False)
        for number, (first, end) in wanted.items():
            condition |= (ds.field("partition") == number) & (ds.field("offset") >= first) & (ds.field("offset") < end)
        # The table may hold rows of a topic of this name that is gone.
        condition &= ds.field("topic_id") == self.topic_id
        rows = self._bronze.to_pyarrow_dataset().to_table(columns=RECORDS.names, filter=condition)
        return [rows], {number: end for number, (_, end) in wanted.items()}

    def _bronze_offsets(self) -> dict[int, int]:
        if self._bronze is None:
            self._bronze = open_table(self._lake, self.contract.bronze)
        else:
            self._bronze.update_incremental()
        return {} if self._bronze is None else transaction_offsets(self._bronze, self.topic_id, self.partitions)

    def _judged(self, pieces: list[pa.Table]) -> pa.Table:
        records = pa.concat_tables([RECORDS.empty_table(), *pieces], promote_options="permissive")
        judged = self._reader.judge(records["value"].to_pylist())
        of_rows = records.take(pa.array(judged.places, pa.int64()))
        own = self.contract.event_time_field  # from Kafka a record comes with Kafka's time alone
        times = of_rows["event_time"] if own is None else judged.rows[own]
        return (
            judged.rows.append_column("_time", times.cast(pa.int64()))
            .append_column("_offset", of_rows["offset"])
            .append_column("_partition", of_rows["partition"].cast(pa.int32()))
        )
