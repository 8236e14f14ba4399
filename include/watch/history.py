"""Whether the records that come are history: somebody sends events of days that are over, as `headwater produce --from` does. No Spark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
from deltalake import DeltaTable

from include.delta_log import in_utc

LATELY = timedelta(minutes=10)
_NEEDED = ("num_records", "max.event_time", "min.ingested_at", "max.ingested_at")


@dataclass(frozen=True)
class Batch:
    """A data file of bronze: its rows, the newest event among them, and when the first and the last of them came."""

    rows: int
    newest: datetime
    first_came: datetime
    last_came: datetime


def came_since(table: DeltaTable, since: datetime) -> list[Batch]:
    """The files of bronze with rows that came since then, from their statistics; none where these do not say it."""
    actions = pa.table(table.get_add_actions(flatten=True))
    if not set(_NEEDED).issubset(actions.column_names):
        return []
    found = []
    for rows, newest, first, last in zip(*(actions[name].to_pylist() for name in _NEEDED), strict=True):
        if newest is not None and first is not None and last is not None and in_utc(last) >= since:
            found.append(Batch(rows, in_utc(newest), in_utc(first), in_utc(last)))
    return found


def is_history(batches: Sequence[Batch], allowed: timedelta) -> bool:
    """Whether most of these rows are of a time before that of the newest event by more than they took to come, and `allowed`.

    A source whose clock is behind, or stands, sends a minute's events in a minute, however old they are; who sends history sends the
    events of hours in that time. Rows are counted, so that a few stragglers of other days make no history of it.
    """
    if not batches:
        return False
    took = max(batch.last_came for batch in batches) - min(batch.first_came for batch in batches)
    oldest = max(batch.newest for batch in batches) - took - allowed
    return 2 * sum(batch.rows for batch in batches if batch.newest < oldest) > sum(batch.rows for batch in batches)
