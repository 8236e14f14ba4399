"""Incidents: opened once for their cause, until somebody closes them."""

from __future__ import annotations

from dataclasses import replace

from include.incidents import Incident, close_incident, mailed, open_incident, open_incidents
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


def test_cause_that_comes_back_is_a_new_incident_that_was_not_mailed(lake: LakeSettings) -> None:
    open_incident(lake, INCIDENT)
    mailed(lake, [INCIDENT.incident_id])
    close_incident(lake, INCIDENT.incident_id)
    assert open_incident(lake, INCIDENT)
    (found,) = open_incidents(lake)
    assert found.mailed_at is None


def test_mail_is_noted_once(lake: LakeSettings) -> None:
    open_incident(lake, INCIDENT)
    mailed(lake, [INCIDENT.incident_id])
    first = open_incidents(lake)[0].mailed_at
    mailed(lake, [INCIDENT.incident_id])
    assert first is not None
    assert open_incidents(lake)[0].mailed_at == first
