"""What is done from the page: by whom, and that no other site does it in their name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from lakehouse.web.actions import HEADER

from include.incidents import Incident, incidents, mute_incident, open_incident
from include.settings import LakeSettings
from tests.plugins.lakehouse.web.conftest import Client

INCIDENT = Incident("lag/all", "critical", "lag: STALL", "group all", "the offset does not move", "see the last error")
FROM_THE_PAGE = {HEADER: "page"}


@pytest.fixture
def opened(lake: LakeSettings) -> LakeSettings:
    open_incident(lake, INCIDENT)
    return lake


def test_an_incident_is_acknowledged_by_name(client: Client, opened: LakeSettings) -> None:
    assert client.post("/actions/incidents/lag%2Fall/acknowledge", headers=FROM_THE_PAGE).status_code == 200
    assert [each.acknowledged_by for each in incidents(opened)] == ["ada"]


def test_an_incident_is_muted_and_unmuted(client: Client, opened: LakeSettings) -> None:
    assert client.post("/actions/incidents/lag%2Fall/mute?hours=8", headers=FROM_THE_PAGE).status_code == 200
    (muted,) = incidents(opened)
    assert timedelta(hours=7) < muted.muted_until - datetime.now(UTC) <= timedelta(hours=8)
    assert client.post("/actions/incidents/lag%2Fall/unmute", headers=FROM_THE_PAGE).status_code == 200
    assert [each.muted_until for each in incidents(opened)] == [None]


@pytest.mark.parametrize("what", ["acknowledge", "mute?hours=1", "unmute"])
def test_an_incident_that_is_not_there_is_missed(client: Client, opened: LakeSettings, what: str) -> None:
    assert client.post(f"/actions/incidents/lag%2Fnone/{what}", headers=FROM_THE_PAGE).status_code == 404


@pytest.mark.parametrize("hours", ["0", "-1", "nan", "inf", "1e9", "many", ""])
def test_no_time_to_be_muted_is_refused(client: Client, opened: LakeSettings, hours: str) -> None:
    assert client.post(f"/actions/incidents/lag%2Fall/mute?hours={hours}", headers=FROM_THE_PAGE).status_code == 422
    assert [each.muted_until for each in incidents(opened)] == [None]


@pytest.mark.parametrize("what", ["acknowledge", "mute?hours=1", "unmute"])
def test_what_another_site_could_send_changes_nothing(client: Client, opened: LakeSettings, what: str) -> None:
    mute_incident(opened, INCIDENT.incident_id, datetime.now(UTC) + timedelta(hours=1))
    before = incidents(opened)
    assert client.post(f"/actions/incidents/lag%2Fall/{what}").status_code == 403
    assert incidents(opened) == before
