"""A live window table on its way: the records that were read and not yet folded in, and the commit.

A commit puts the rows of the windows that new records touched in the place of what the table had of them, with the offsets of
the feeds that they came from. What is read twice after a crash is left out, as it is for bronze.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, Transaction

from include.contracts import Contract
from include.delta_log import transaction_app_id, transaction_offsets
from include.lease import Lease
from include.settings import LakeSettings
from jobs.stream import bronze
from jobs.stream.feed import FeedFigures, Slice
from jobs.stream.fold import Fold
from jobs.stream.handle import TableHandle

WAIT_SECONDS = 2.0  # how long records may wait for company: a window is to be seconds old, and a commit costs as much for one row
KEPT_WINDOWS = 16  # whose rows are remembered, so that a commit need not read them
NAMED_WINDOWS = 64  # more are replaced by their span


class LiveStream:
    """One live table. One commit at a time."""

    def __init__(self, name: str, fold: Fold, feeds: Mapping[str, Contract], ids: Mapping[str, str], handle: TableHandle) -> None:
        self.name, self.feeds, self.figures = name, dict(feeds), FeedFigures()
        self.next_offsets: dict[str, dict[int, int]] = {}
        self.positions: dict[str, dict[int, int]] = {}
        self._fold, self._ids, self._handle = fold, dict(ids), handle
        self._pending: list[tuple[str, Slice]] = []
        self._waiting_since: float | None = None
        self._lock = threading.Lock()
        self._recent: OrderedDict[datetime, pa.Table] = OrderedDict()
        self._newest = _newest_window(handle.table)

    @classmethod
    def open(
        cls,
        name: str,
        fold: Fold,
        feeds: Mapping[str, Contract],
        ids: Mapping[str, str],
        partitions: Mapping[str, tuple[int, ...]],
        lake: LakeSettings,
        lease: Lease,
    ) -> LiveStream:
        """Takes the table over; topic → contract, topic id and partitions. A commit of ours turns older handles stale."""
        address = f"live.{name}"
        table = bronze.open_or_create(lake, address, fold.schema)
        stream = cls(name, fold, feeds, ids, TableHandle(address, lake, lease, table))
        for topic in feeds:
            stream.next_offsets[topic] = transaction_offsets(table, ids[topic], partitions[topic])
            stream.positions[topic] = dict(stream.next_offsets[topic])
        stream._commit(fold.schema.empty_table(), stream.next_offsets, None)
        return stream

    def due_at(self) -> float | None:
        """When what is pending is to be committed, by the monotonic clock; None when nothing is."""
        with self._lock:
            return None if self._waiting_since is None else self._waiting_since + WAIT_SECONDS

    def offer(self, topic: str, slices: list[Slice]) -> None:
        """Buffers what was read; what was read before is left out."""
        with self._lock:
            for piece in slices:
                fresh = piece.beyond(self.positions[topic].get(piece.partition, 0))
                if fresh is not None:
                    self._pending.append((topic, fresh))
                    self.positions[topic][fresh.partition] = fresh.next
                    self._waiting_since = self._waiting_since or time.monotonic()

    def commit_pending(self) -> int:
        """Folds all that is pending in; the number of records. Raises what TableHandle.commit does."""
        with self._lock:
            taken, self._pending, self._waiting_since = self._pending, [], None
            offsets = {topic: dict(places) for topic, places in self.positions.items()}
        if offsets == self.next_offsets:
            return 0
        started = time.monotonic()
        parts = self._fold.parts(pa.concat_tables([piece.records for _, piece in taken]))
        touched = sorted(_clock(moment) for moment in pc.unique(parts["window_start"]).to_pylist())
        if touched:
            where = _condition(touched) if self._newest is not None and touched[0] <= self._newest else None
            rows = self._fold.fold(self._known(touched), [parts])
            self._commit(rows, offsets, where)
            self._remember(rows, touched)
        else:
            self._commit(self._fold.schema.empty_table(), offsets, None)
        records = sum(piece.records.num_rows for _, piece in taken)
        self.figures.committed(records, started)
        return records

    def _known(self, touched: list[datetime]) -> pa.Table:
        """The table's rows of these windows, and of those between them where these are many."""
        if self._newest is None or touched[0] > self._newest:
            return self._fold.schema.empty_table()
        if len(touched) <= NAMED_WINDOWS:
            missing = [moment for moment in touched if moment not in self._recent and moment <= self._newest]
            near = [self._recent[moment] for moment in touched if moment in self._recent]
            chosen = [("window_start", "in", missing)]
        else:
            missing, near, chosen = touched, [], [("window_start", ">=", touched[0]), ("window_start", "<=", touched[-1])]
        if not missing:
            return pa.concat_tables([self._fold.schema.empty_table(), *near])
        days = sorted({moment.date() for moment in missing})
        filters = [("event_date", ">=", days[0]), ("event_date", "<=", days[-1]), *chosen]
        read = self._handle.table.to_pyarrow_table(filters=filters, columns=self._fold.schema.names)
        return pa.concat_tables([read.cast(self._fold.schema), *near])

    def _commit(self, rows: pa.Table, offsets: Mapping[str, Mapping[int, int]], where: str | None) -> None:
        def properties(batch: str) -> CommitProperties:
            transactions = [
                Transaction(transaction_app_id(self._ids[topic], number), offset)
                for topic, places in sorted(offsets.items())
                for number, offset in sorted(places.items())
            ]
            epoch = self._handle.lease.epoch
            transactions.append(Transaction(bronze.WRITER_APP_ID, epoch))
            named = {"headwater.batch": batch, "headwater.epoch": str(epoch)}
            return CommitProperties(app_transactions=transactions, custom_metadata=named)

        self._handle.commit(rows, properties, where)
        self.next_offsets = {topic: dict(places) for topic, places in offsets.items()}

    def _remember(self, rows: pa.Table, touched: list[datetime]) -> None:
        self._newest = max(touched[-1], self._newest or touched[-1])
        for moment in touched[-KEPT_WINDOWS:] if len(touched) <= NAMED_WINDOWS else []:
            self._recent[moment] = rows.filter(pc.equal(rows["window_start"], pa.scalar(moment, rows["window_start"].type)))
            self._recent.move_to_end(moment)
        if len(touched) > NAMED_WINDOWS:
            self._recent.clear()
        for moment in set(touched[:-KEPT_WINDOWS]):
            self._recent.pop(moment, None)
        while len(self._recent) > KEPT_WINDOWS:
            self._recent.popitem(last=False)


def _clock(micros: int) -> datetime:
    return datetime.fromtimestamp(micros // 1_000_000, UTC)  # windows begin at whole seconds


def _newest_window(table: DeltaTable) -> datetime | None:
    actions = pa.table(table.get_add_actions(flatten=True))
    found = [moment for moment in actions["max.window_start"].to_pylist() if moment] if "max.window_start" in actions.column_names else []
    return max((moment if moment.tzinfo else moment.replace(tzinfo=UTC) for moment in found), default=None)


def _condition(touched: list[datetime]) -> str:
    """The SQL condition for the rows of these windows, or of the span that they make where they are many."""
    days = f"event_date >= '{touched[0].date()}' and event_date <= '{touched[-1].date()}'"
    if len(touched) > NAMED_WINDOWS:
        return f"{days} and window_start >= '{touched[0]:%Y-%m-%dT%H:%M:%SZ}' and window_start <= '{touched[-1]:%Y-%m-%dT%H:%M:%SZ}'"
    named = ", ".join(f"'{moment:%Y-%m-%dT%H:%M:%SZ}'" for moment in touched)
    return f"{days} and window_start in ({named})"
