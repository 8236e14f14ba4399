"""What a person may do from the page beside what Airflow's own API does, which triggers DAGs: acknowledge and mute incidents.

It takes the permission to change assets: in Airflow's simple auth manager that of an operator. And a header that a form of another site
cannot send.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_asset
from fastapi import APIRouter, Depends, HTTPException, Query, Request

from include.incidents import acknowledge_incident, mute_incident, unmute_incident
from include.settings import LakeSettings
from lakehouse.web.answers import Person

may_act = requires_access_asset(method="POST")
HEADER = "X-Headwater"
TRIGGERED = ("streams", "replay_quarantine")  # by Airflow's own API, in the person's name


def comes_from_the_page(request: Request) -> None:
    """Refuses what a browser may send in somebody's name without its script being of this origin."""
    if HEADER not in request.headers:
        raise HTTPException(403, f"the header {HEADER} is missing")


router = APIRouter(prefix="/actions", include_in_schema=False, dependencies=[Depends(may_act), Depends(comes_from_the_page)])
about_me = APIRouter(prefix="/me", tags=["people"])
_LONGEST_HOURS = 24 * 30


@about_me.get("")
def show_me(user: GetUserDep) -> Person:
    """Who asks, whether they may acknowledge and mute incidents, and which of the page's DAGs they may trigger."""
    manager = get_auth_manager()

    def may_trigger(dag: str) -> bool:
        return manager.is_authorized_dag(method="POST", access_entity=DagAccessEntity.RUN, details=DagDetails(id=dag), user=user)

    act = manager.is_authorized_asset(method="POST", user=user)
    return Person(name=user.get_name(), may_act=act, may_trigger=[dag for dag in TRIGGERED if may_trigger(dag)])


@router.post("/incidents/{incident_id:path}/acknowledge")
def acknowledge(incident_id: str, user: GetUserDep) -> dict[str, str]:
    """Notes that the caller is at it: no more reminders."""
    _require(acknowledge_incident(LakeSettings.from_environment(), incident_id, user.get_name()))
    return {"acknowledged_by": user.get_name()}


@router.post("/incidents/{incident_id:path}/mute")
def mute(incident_id: str, hours: Annotated[float, Query(gt=0, le=_LONGEST_HOURS)]) -> dict[str, str]:
    """No mail of it for so long, though it comes back."""
    until = datetime.now(UTC) + timedelta(hours=hours)
    _require(mute_incident(LakeSettings.from_environment(), incident_id, until))
    return {"muted_until": until.isoformat()}


@router.post("/incidents/{incident_id:path}/unmute")
def unmute(incident_id: str) -> dict[str, str]:
    """Mails of it again."""
    if not unmute_incident(LakeSettings.from_environment(), incident_id):
        raise HTTPException(404, "no such incident is muted")
    return {"unmuted": incident_id}


def _require(was_open: bool) -> None:
    if not was_open:
        raise HTTPException(404, "no such incident is open")
