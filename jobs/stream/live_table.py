"""One live window table: rows that are not yet folded in, and the commit.

A commit puts the rows of the windows that new records touched in the place of what the table had of them, with the offsets of
the feeds that they came from. What is read twice after a crash is left out, as it is for bronze.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from include.delta_log import transaction_offsets
from include.lease import Lease
from include.settings import LakeSettings
from jobs.stream import bronze
from jobs.stream.fold import Fold
from jobs.stream.handle import TableHandle, of_feeds
from jobs.stream.live_feed import LiveFeed, Read, Taken

WAIT_SECONDS = 1.5  # how long records wait for company: a window is to be seconds old, and a commit costs as much for one row
MANY_ROWS = 20_000  # of which more need not wait
KEPT_WINDOWS = 16  # whose rows are remembered, so that a commit need not read them
NAMED_WINDOWS = 64  # more are replaced by their span


class LiveTable:
    """`live.<name>`: a row has the keys, the columns that people read, the window, and the parts, from which it goes on growing.

    One thread offers and takes; another may commit meanwhile, one commit after the other.
    """

    def __init__(self, name: str, fold: Fold, feeds: Mapping[str, LiveFeed], handle: TableHandle, wait_seconds: float) -> None:
        self.name, self.feeds, self.handle, self._wait_seconds = name, dict(feeds), handle, wait_seconds
        ids = {topic: feed.topic_id for topic, feed in feeds.items()}
        self.next_offsets = {topic: transaction_offsets(handle.table, ids[topic], feed.partitions) for topic, feed in feeds.items()}
        self.positions = {topic: dict(places) for topic, places in self.next_offsets.items()}
        self._fold, self._ids = fold, ids
        self._pending: list[pa.Table] = []
        self._pending_rows = 0
        self._waiting_since: float | None = None
        self._recent: OrderedDict[datetime, pa.Table] = OrderedDict()
        self._newest = _newest_window(handle.table)

    @classmethod
    def open(
        cls, name: str, fold: Fold, feeds: Mapping[str, LiveFeed], lake: LakeSettings, lease: Lease, wait_seconds: float = WAIT_SECONDS
    ) -> LiveTable:
        """Takes the table over; `feeds` by topic. Records wait so long for company. A commit of ours turns older handles stale."""
        delta = bronze.open_or_create(lake, f"live.{name}", fold.schema, statistics="window_start,window_end")
        table = cls(name, fold, feeds, TableHandle(f"live.{name}", lake, lease, delta), wait_seconds)
        table.commit(table.take())
        return table

    def due_at(self) -> float | None:
        """When what is pending is to be committed, by the monotonic clock; None when nothing is."""
        if self._waiting_since is None:
            return None
        return self._waiting_since + (0.0 if self._pending_rows > MANY_ROWS else self._wait_seconds)

    def offer(self, topic: str, read: Read) -> None:
        """Takes the rows that it has not seen."""
        seen = self.positions[topic]
        rows = read.unseen(seen)
        if rows.num_rows:
            self._pending.append(self._fold.needed(rows))
            self._pending_rows += rows.num_rows
        self.positions[topic] = read.after(seen)
        self._waiting_since = self._waiting_since or time.monotonic()

    def take(self) -> Taken[pa.Table]:
        """All that is pending; it is the caller's now."""
        pending, self._pending, self._pending_rows, self._waiting_since = self._pending, [], 0, None
        return Taken.of(pending, self.positions)

    def commit(self, taken: Taken[pa.Table]) -> pa.Table:
        """Folds in what was taken; the rows of the windows touched. Raises what TableHandle.commit does."""
        if not taken.pending:
            rows = self._fold.schema.empty_table()
            self._commit(rows, taken.positions, None)
            return rows
        parts = self._fold.parts(pa.concat_tables(taken.pending))
        touched = sorted(_clock(moment) for moment in pc.unique(parts["window_start"]).to_pylist())
        rows = self._fold.fold(self._known(touched), [parts])
        self._commit(rows, taken.positions, _condition(touched) if self._newest is not None and touched[0] <= self._newest else None)
        self._remember(rows, touched)
        return rows

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
        read = self.handle.table.to_pyarrow_table(filters=filters, columns=self._fold.schema.names)
        return pa.concat_tables([read.cast(self._fold.schema), *near])

    def _commit(self, rows: pa.Table, positions: dict[str, dict[int, int]], where: str | None) -> None:
        self.handle.commit(rows, of_feeds(self._ids, positions, self.handle.lease.epoch), where)
        self.next_offsets = positions

    def _remember(self, rows: pa.Table, touched: list[datetime]) -> None:
        self._newest = max(touched[-1], self._newest or touched[-1])
        if len(touched) > NAMED_WINDOWS:
            self._recent.clear()
            return
        for moment in touched:
            self._recent[moment] = rows.filter(pc.equal(rows["window_start"], pa.scalar(moment, rows["window_start"].type)))
            self._recent.move_to_end(moment)
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
        return f"{days} and window_start >= '{touched[0].isoformat()}' and window_start <= '{touched[-1].isoformat()}'"
    return f"{days} and window_start in ({', '.join(repr(moment.isoformat()) for moment in touched)})"
