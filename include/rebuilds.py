"""ops.rebuilds: what each rebuild of days did to each table, and what it takes to undo it. No Spark.

Grain: a rebuild, an action (`apply` or `undo`), a table and a day. A system's day is one piece of work: its rows are written together,
without `ended_at` when it begins, so that a try after a crash knows what there was before the first one, and whole when it is done.

Of a feed's bronze there is a row too: how many of the day's bronze rows the tables were built from, before and after, and by which
version. It is what the day's account says, and what an undoing gives back to it; null where the day was not built, or not to its end,
and then so is what came and went.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime

import pyarrow as pa

from include.errors import RebuildRefused
from include.ops_tables import get_rows, put_rows
from include.settings import LakeSettings

REBUILDS = "ops.rebuilds"
APPLY, UNDO = "apply", "undo"
ID = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{6}")
SCHEMA = pa.schema(
    [
        ("rebuild_id", pa.string()),
        ("action", pa.string()),
        ("system", pa.string()),
        ("table", pa.string()),
        ("event_date", pa.date32()),
        ("rows_before", pa.int64()),
        ("rows_after", pa.int64()),
        ("rows_added", pa.int64()),
        ("rows_removed", pa.int64()),
        ("rows_changed", pa.int64()),
        ("version_before", pa.int64()),
        ("version_after", pa.int64()),
        ("started_at", pa.timestamp("us", tz="UTC")),
        ("ended_at", pa.timestamp("us", tz="UTC")),
        ("run_id", pa.string()),
    ]
)


@dataclass(frozen=True)
class Rebuilt:
    """One table's day in a rebuild. Versions are Delta's; None: there was no table."""

    rebuild_id: str
    action: str
    system: str
    table: str
    event_date: date
    run_id: str
    started_at: datetime
    version_before: int | None
    rows_before: int | None
    version_after: int | None = None
    rows_after: int | None = None
    rows_added: int | None = None
    rows_removed: int | None = None
    rows_changed: int | None = None
    ended_at: datetime | None = None  # None: begun, and not done

    @property
    def touched(self) -> int:
        """How many rows are not as they were."""
        return (self.rows_added or 0) + (self.rows_removed or 0) + (self.rows_changed or 0)


def id_of_run(run_id: str, at: datetime) -> str:
    """The id of the rebuild that an Airflow run is: the same in each try of it, and in the order of time."""
    return f"{at:%Y%m%dT%H%M%S}-{hashlib.sha256(run_id.encode()).hexdigest()[:6]}"


def put(lake: LakeSettings, rows: Sequence[Rebuilt]) -> None:
    """Makes these the rows of their rebuild, action, system and day, which they all share. Idempotent; one commit."""
    one = rows[0]
    place = f"rebuild_id = '{one.rebuild_id}' and action = '{one.action}' and system = '{one.system}'"
    put_rows(lake, REBUILDS, SCHEMA, [asdict(row) for row in rows], f"{place} and event_date = '{one.event_date.isoformat()}'")


def of_day(lake: LakeSettings, rebuild_id: str, action: str, system: str, day: date) -> dict[str, Rebuilt]:
    """Table → its row; empty where that rebuild has not begun with the day."""
    found = _read(lake, f"{_is(rebuild_id)} and action = '{action}' and system = '{system}' and event_date = date '{day.isoformat()}'")
    return {row.table: row for row in found}


def of_rebuild(lake: LakeSettings, rebuild_id: str) -> list[Rebuilt]:
    """All rows of the rebuild, both actions, by system, day and table."""
    return _read(lake, _is(rebuild_id))


def applied_days(lake: LakeSettings, rebuild_id: str) -> list[tuple[str, date]]:
    """The days that the rebuild has built, or begun to build, newest first. Raises RebuildRefused for an id that has none."""
    days = {(row.system, row.event_date) for row in of_rebuild(lake, rebuild_id) if row.action == APPLY}
    if not days:
        known = sorted({row.rebuild_id for row in _read(lake, f"action = '{APPLY}'")}, reverse=True)[:5]
        fix = f"the newest that did: {', '.join(known)}" if known else "none did yet: `headwater rebuild NAME --from DAY --apply` is one"
        raise RebuildRefused("no day was built by this rebuild", where=REBUILDS, value=rebuild_id, fix=fix)
    return sorted(days, key=lambda each: (each[0], -each[1].toordinal()))


def past_seconds(lake: LakeSettings, systems: Iterable[str]) -> dict[str, list[tuple[int, float]]]:
    """System → bronze rows and seconds of each day that was ever rebuilt: what an estimate is made from."""
    found: dict[str, dict[tuple[str, date], tuple[int, float]]] = {system: {} for system in systems}
    for row in _read(lake, f"action = '{APPLY}' and ended_at is not null and \"table\" like 'bronze.%'"):
        if row.system in found and row.ended_at is not None:
            days = found[row.system]
            rows, _ = days.get((row.rebuild_id, row.event_date), (0, 0.0))
            days[row.rebuild_id, row.event_date] = (rows + (row.rows_after or 0), (row.ended_at - row.started_at).total_seconds())
    return {system: list(days.values()) for system, days in found.items()}


def _is(rebuild_id: str) -> str:
    """The condition for a rebuild's rows; what is no id has none."""
    return f"rebuild_id = '{rebuild_id}'" if ID.fullmatch(rebuild_id) else "false"


def _read(lake: LakeSettings, condition: str) -> list[Rebuilt]:
    names = [each.name for each in fields(Rebuilt)]
    found = [Rebuilt(**{name: row[name] for name in names}) for row in get_rows(lake, REBUILDS, condition)]
    return sorted(found, key=lambda row: (row.rebuild_id, row.action, row.system, row.event_date, row.table))
