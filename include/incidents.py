"""Incidents: what went wrong and needs a person to know. One row each, from its opening to its closing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Literal

import pyarrow as pa

from include.ops_tables import Change, Row, change_rows, get_rows
from include.settings import LakeSettings

INCIDENTS = "ops.incidents"
CLOCK = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
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
)

Severity = Literal["warning", "critical"]


@dataclass(frozen=True)
class Incident:
    """`incident_id` is made of what caused it, so that the same cause, met again, is the same incident."""

    incident_id: str
    severity: Severity
    cause: str
    where: str
    what: str
    fix: str
    opened_at: datetime | None = None  # None: not yet
    closed_at: datetime | None = None
    mailed_at: datetime | None = None


def open_incident(lake: LakeSettings, incident: Incident) -> bool:
    """Opens it, unless it is open; whether it was this call. Idempotent; one that was closed is opened as another. Raises StoreError."""
    now = datetime.now(UTC)

    def wanted(rows: list[Row]) -> Change:
        known = any(row["incident_id"] == incident.incident_id and row["closed_at"] is None for row in rows)
        return Change([] if known else [asdict(replace(incident, opened_at=now))])

    return bool(change_rows(lake, INCIDENTS, SCHEMA, wanted))


def open_incidents(lake: LakeSettings) -> list[Incident]:
    """Those that nobody has closed, oldest first."""
    found = [Incident(**row) for row in get_rows(lake, INCIDENTS) if row["closed_at"] is None]
    return sorted(found, key=lambda incident: (str(incident.opened_at), incident.incident_id))


def close_incident(lake: LakeSettings, incident_id: str) -> bool:
    """Closes it; whether there was an open one. Idempotent. Raises StoreError."""
    return _stamp(lake, [incident_id], "closed_at")


def mailed(lake: LakeSettings, incident_ids: Collection[str]) -> None:
    """Notes that these open ones were mailed. Idempotent. Raises StoreError."""
    _stamp(lake, incident_ids, "mailed_at")


def _stamp(lake: LakeSettings, incident_ids: Collection[str], column: str) -> bool:
    """Writes the time into the column of these open incidents; whether there was any."""
    now = datetime.now(UTC)

    def is_meant(row: Row) -> bool:
        return row["closed_at"] is None and row["incident_id"] in incident_ids

    def wanted(rows: list[Row]) -> Change:
        ids = {row["incident_id"] for row in rows if is_meant(row)}
        names = ", ".join("'" + each.replace("'", "''") + "'" for each in sorted(ids))
        of_ids = [row | ({column: row[column] or now} if is_meant(row) else {}) for row in rows if row["incident_id"] in ids]
        return Change(of_ids, f"incident_id in ({names})")

    return any(map(is_meant, get_rows(lake, INCIDENTS))) and bool(change_rows(lake, INCIDENTS, SCHEMA, wanted))
