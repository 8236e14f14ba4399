"""Incidents: opened once for their cause, until somebody closes them."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from deltalake import write_deltalake

from include.incidents import (
    INCIDENTS,
    SCHEMA,
    Incident,
    change_incidents,
    close_incident,
    incidents,
    mute_incident,
    open_incident,
    open_incidents,
    unmute_incident,
)
from include.settings import LakeSettings

INCIDENT = Incident("retention/it's clicks", "critical", "retention", "bronze.clicks", "10 offsets left Kafka", "raise the retention")


def ids(lake: LakeSettings) -> list[str]:
    return [incident.incident_id for incident in open_incidents(lake)]


def test_lake_without_incidents_has_none(lake: LakeSettings) -> None:
    assert open_incidents(lake) == []
    assert not close_incident(lake, "any")


def test_incident_is_opened_once(lake: LakeSettings) -> None:
    assert open_incident(lake, INCIDENT)
    assert not open_incident(lake, INCIDENT)
    (found,) = open_incidents(lake)
    assert replace(found, opened_at=None) == INCIDENT
    assert found.opened_at is not None


def test_closing_leaves_the_others_open(lake: LakeSettings) -> None:
    open_incident(lake, INCIDENT)
    open_incident(lake, replace(INCIDENT, incident_id="other"))
    assert close_incident(lake, INCIDENT.incident_id)
    assert not close_incident(lake, INCIDENT.incident_id)
    assert ids(lake) == ["other"]


def test_cause_that_comes_back_is_a_new_incident_beside_the_old_one(lake: LakeSettings) -> None:
    open_incident(lake, INCIDENT)
    close_incident(lake, INCIDENT.incident_id)
    assert open_incident(lake, INCIDENT)
    assert [each.is_open for each in incidents(lake)] == [False, True]


def test_a_change_is_of_one_incident_among_those_of_its_id_and_may_take_it_away(lake: LakeSettings) -> None:
    for _ in range(2):
        open_incident(lake, INCIDENT)
        close_incident(lake, INCIDENT.incident_id)
    first, second = incidents(lake)
    assert change_incidents(lake, lambda known: [(first, replace(first, what="changed"))])
    assert incidents(lake) == [replace(first, what="changed"), second]
    assert change_incidents(lake, lambda known: [(each, None) for each in known])
    assert incidents(lake) == []
    assert not change_incidents(lake, lambda known: [])


def test_a_table_of_an_earlier_version_gets_the_columns_that_it_lacks(lake: LakeSettings) -> None:
    old = ["incident_id", "opened_at", "closed_at", "mailed_at", "severity", "cause", "where", "what", "fix"]
    row = asdict(replace(INCIDENT, opened_at=datetime(2026, 3, 1, tzinfo=UTC)))
    write_deltalake(lake.table_uri(INCIDENTS), pa.Table.from_pylist([row], SCHEMA).select(old))
    assert ids(lake) == [INCIDENT.incident_id]
    assert open_incident(lake, replace(INCIDENT, incident_id="other"))
    assert ids(lake) == [INCIDENT.incident_id, "other"]


def test_a_muted_one_is_unmuted_open_or_closed_and_no_other_is(lake: LakeSettings) -> None:
    other = replace(INCIDENT, incident_id="other")
    for each in (INCIDENT, other):
        open_incident(lake, each)
        mute_incident(lake, each.incident_id, datetime.now(UTC) + timedelta(hours=8))
    close_incident(lake, INCIDENT.incident_id)
    assert unmute_incident(lake, INCIDENT.incident_id)
    assert not unmute_incident(lake, INCIDENT.incident_id)
    assert {each.incident_id for each in incidents(lake) if each.is_muted(datetime.now(UTC))} == {"other"}
