"""Who may what, by the roles of Airflow's simple auth manager; and whoever has not logged in."""

from __future__ import annotations

import pytest
from airflow.api_fastapi.app import create_auth_manager
from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.api_fastapi.core_api.security import get_user
from lakehouse.web.actions import TRIGGERED
from lakehouse.web.app import create_app

from include.incidents import Incident, incidents, open_incident
from include.settings import LakeSettings
from tests.plugins.lakehouse.web.conftest import Client
from tests.plugins.lakehouse.web.test_actions import FROM_THE_PAGE

INCIDENT = Incident("lag/all", "critical", "lag: STALL", "group all", "the offset does not move", "see the last error")
ACTS = ("acknowledge", "mute?hours=1", "unmute")
SEES, ACTS_ON, TRIGGERS = (200, 200), (200, 200, 200), list(TRIGGERED)


@pytest.fixture
def opened(lake: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> LakeSettings:
    """A lake with an open incident, and the auth manager that the stack has."""
    monkeypatch.setattr(LakeSettings, "from_environment", lambda *_: lake)
    assert isinstance(create_auth_manager(), SimpleAuthManager)
    open_incident(lake, INCIDENT)
    return lake


def asked_by(role: str | None) -> Client:
    app = create_app()
    app.dependency_overrides[get_user] = lambda: SimpleAuthManagerUser(username="ada", role=role)
    return Client(app)


@pytest.mark.parametrize(
    ("role", "sees", "acts", "triggers"),
    [
        ("ADMIN", SEES, ACTS_ON, TRIGGERS),
        ("OP", SEES, ACTS_ON, TRIGGERS),
        ("USER", SEES, (403, 403, 403), TRIGGERS),
        ("VIEWER", SEES, (403, 403, 403), []),
        (None, (403, 403), (403, 403, 403), None),
    ],
)
def test_a_role_sees_acts_and_triggers_as_the_documentation_says(
    opened: LakeSettings, role: str | None, sees: tuple[int, ...], acts: tuple[int, ...], triggers: list[str] | None
) -> None:
    client = asked_by(role)
    assert tuple(client.get(f"/api/v1/{path}").status_code for path in ("incidents", "me")) == sees
    done = [client.post(f"/actions/incidents/lag%2Fall/{act}", headers=FROM_THE_PAGE).status_code for act in ACTS]
    assert tuple(done) == acts
    assert [each.acknowledged_by for each in incidents(opened)] == ["ada" if acts == ACTS_ON else None]
    if triggers is not None:
        assert client.get("/api/v1/me").json() == {"name": "ada", "may_act": acts == ACTS_ON, "may_trigger": triggers}


@pytest.mark.parametrize("act", ACTS)
def test_whoever_has_not_logged_in_changes_nothing(opened: LakeSettings, act: str) -> None:
    before = incidents(opened)
    assert Client(create_app()).post(f"/actions/incidents/lag%2Fall/{act}", headers=FROM_THE_PAGE).status_code == 401
    assert incidents(opened) == before
