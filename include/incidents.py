"""Incidents: what went wrong and needs a person to know. One row each, from its opening to its closing.

A stream declares some itself; a person closes them, or the stream, when the cause is gone. Others are made of what the DAG `watch` sees,
which closes them when it sees them no longer (include/watch/follow.py); such a row is there before its opening, while its cause may still
pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from typing import Literal

import pyarrow as pa
from deltalake import DeltaTable, Field
from deltalake.schema import PrimitiveType

from include.delta_log import open_table
from include.ops_tables import Change, Row, change_rows, commit, rows_of
from include.settings import LakeSettings

INCIDENTS = "ops.incidents"
CLOCK = pa.timestamp("us", tz="UTC")
_FIRST_SCHEMA = [
    ("incident_id", pa.string()),
    ("opened_at", CLOCK),
    ("closed_at", CLOCK),
    ("mailed_at", CLOCK),
    ("severity", pa.string()),
    ("cause", pa.string()),
    ("where", pa.string()),
    ("what", pa.string()),
    ("fix", pa.string()),
]
# Columns of later versions: a table that was made before has them added.
_LATER = {
    "first_seen_at": "timestamp",
    "seen_at": "timestamp",
    "closing_mailed_at": "timestamp",
    "mailed_severity": "string",
    "acknowledged_at": "timestamp",
    "acknowledged_by": "string",
    "muted_until": "timestamp",
}
SCHEMA = pa.schema([*_FIRST_SCHEMA, *((name, CLOCK if kind == "timestamp" else pa.string()) for name, kind in _LATER.items())])

Severity = Literal["warning", "critical"]


@dataclass(frozen=True)
class Told:
    """What is told of something that went wrong. `incident_id` is made of what caused it, so that the same cause, met again, is the same
    incident."""

    incident_id: str
    severity: Severity
    cause: str
    where: str
    what: str
    fix: str


@dataclass(frozen=True)
class Incident(Told):
    """It, from its opening to its closing, and who was told."""

    opened_at: datetime | None = None  # None: not yet
    closed_at: datetime | None = None
    mailed_at: datetime | None = None  # the last time, while it was open
    first_seen_at: datetime | None = None  # None: a stream declared it
    seen_at: datetime | None = None  # the last time
    closing_mailed_at: datetime | None = None
    mailed_severity: Severity | None = None  # what the last mail said
    acknowledged_at: datetime | None = None  # somebody is at it: no more reminders
    acknowledged_by: str | None = None
    muted_until: datetime | None = None  # until then no mail of it

    @property
    def is_open(self) -> bool:
        return self.opened_at is not None and self.closed_at is None

    def is_muted(self, now: datetime) -> bool:
        return self.muted_until is not None and now < self.muted_until

    @property
    def is_untold_and_muted(self) -> bool:
        """Whether it was muted when it opened, or before anybody was told: its end is no news either."""
        if self.mailed_at is not None or self.opened_at is None or self.muted_until is None:
            return False
        return self.muted_until > self.opened_at


def open_incident(lake: LakeSettings, incident: Incident) -> bool:
    """Opens it, unless it is open; whether it was this call. Idempotent; one that was closed is opened as another. Raises StoreError."""
    now = datetime.now(UTC)

    def wanted(known: list[Incident]) -> list[tuple[Incident | None, Incident | None]]:
        is_open = any(each.incident_id == incident.incident_id and each.is_open for each in known)
        return [] if is_open else [(None, replace(incident, opened_at=now))]

    return change_incidents(lake, wanted)


def incidents(lake: LakeSettings) -> list[Incident]:
    """All that there ever were, and those that are only suspected, oldest first."""
    table = open_table(lake, INCIDENTS)
    return [] if table is None else incidents_of(table)


def incidents_of(table: DeltaTable) -> list[Incident]:
    """Those of this version of the table, oldest first."""
    found = [_incident(row) for row in rows_of(table)]
    return sorted(found, key=lambda incident: (str(incident.opened_at or incident.first_seen_at), incident.incident_id))


def open_incidents(lake: LakeSettings) -> list[Incident]:
    """Those that nobody has closed, oldest first."""
    return [incident for incident in incidents(lake) if incident.is_open]


def close_incident(lake: LakeSettings, incident_id: str) -> bool:
    """Closes it; whether there was an open one. Idempotent. Raises StoreError."""
    return _change_open(lake, incident_id, closed_at=datetime.now(UTC))


def acknowledge_incident(lake: LakeSettings, incident_id: str, by: str) -> bool:
    """Notes that somebody is at it; whether there was an open one. Raises StoreError."""
    return _change_open(lake, incident_id, acknowledged_at=datetime.now(UTC), acknowledged_by=by)


def mute_incident(lake: LakeSettings, incident_id: str, until: datetime) -> bool:
    """No mail of it until then; whether there was an open one. Raises StoreError."""
    return _change_open(lake, incident_id, muted_until=until)


def unmute_incident(lake: LakeSettings, incident_id: str) -> bool:
    """Mails of it again; whether it was muted, open or not: one that is closed would come back muted. Of those that closed meanwhile, and
    of which nobody was told, the end is not mailed. Raises StoreError."""
    now = datetime.now(UTC)

    def unmuted(each: Incident) -> Incident:
        over = each.closed_at is not None and each.is_untold_and_muted
        return replace(each, muted_until=None, closing_mailed_at=now if over else each.closing_mailed_at)

    def wanted(known: list[Incident]) -> list[tuple[Incident | None, Incident | None]]:
        return [(each, unmuted(each)) for each in known if each.incident_id == incident_id and each.is_muted(now)]

    return change_incidents(lake, wanted)


def _change_open(lake: LakeSettings, incident_id: str, **what: object) -> bool:
    def wanted(known: list[Incident]) -> list[tuple[Incident | None, Incident | None]]:
        return [(each, replace(each, **what)) for each in known if each.is_open and each.incident_id == incident_id]

    return change_incidents(lake, wanted)


Wanted = Callable[[list[Incident]], Sequence[tuple[Incident | None, Incident | None]]]


def change_incidents(lake: LakeSettings, wanted: Wanted) -> bool:
    """Makes the changes that are wanted, given all incidents: (before, after), None where there is none. Whether there was a change.

    One commit, decided on the newest version: asked again where another writer was faster. Raises StoreError.
    """
    if not wanted(incidents(lake)):
        return False
    _add_columns(lake)
    changed = False

    def change(rows: list[Row]) -> Change:
        nonlocal changed
        known = [_incident(row) for row in rows]
        changes = list(wanted(known))
        changed = bool(changes)
        if not changes:
            return Change([])
        ids = {each.incident_id for pair in changes for each in pair if each is not None}
        gone = [before for before, _ in changes]
        kept = [each for each in known if each.incident_id in ids and each not in gone]
        names = ", ".join("'" + each.replace("'", "''") + "'" for each in sorted(ids))
        after = [*kept, *(after for _, after in changes if after is not None)]
        return Change([asdict(each) for each in after], f"incident_id in ({names})")

    change_rows(lake, INCIDENTS, SCHEMA, change)
    return changed


def _incident(row: Row) -> Incident:
    known = {each.name for each in fields(Incident)}
    return Incident(**{name: value for name, value in row.items() if name in known})


def _add_columns(lake: LakeSettings) -> None:
    def once(table: DeltaTable | None) -> None:
        if table is None:
            return
        has = {field.name for field in table.schema().fields}
        if missing := [Field(name, PrimitiveType(kind)) for name, kind in _LATER.items() if name not in has]:
            table.alter.add_columns(missing)

    commit(lake, INCIDENTS, "further columns", once)
