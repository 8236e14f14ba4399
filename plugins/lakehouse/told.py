"""Whether a task's failure is told already: by an incident that the DAG `watch` has mailed, or in the run before."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from airflow.sdk.exceptions import AirflowTaskTimeout

from include.errors import LedgerError, StoreError, TopicError
from lakehouse.store_outage import FRESH, store_outage

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)

# The task's XCom that names the incident by which its failure was told.
TOLD_BY = "told_by"


def incident_of(error: object, now: datetime | None = None) -> str:
    """The open incident that a mail has told of and that is why the task failed; "" where there is none, or nobody can say: a mail too
    many beats none."""
    try:
        return _incident_of(error, now or datetime.now(UTC))
    except Exception:  # the store, Kafka's word on it or Airflow's API is away, and this must not hide the failure that is to be told
        log.warning("It cannot be asked whether the failure is told already", exc_info=True)
        return ""


def _incident_of(error: object, now: datetime) -> str:
    # A task whose time is over says not what it waited for; of all that it may have been, a store that says nothing is known to be so.
    if isinstance(error, AirflowTaskTimeout) or (isinstance(error, StoreError) and error.no_answer):
        outage = store_outage()
        return "store" if outage is not None and outage.is_told(now) else ""
    if isinstance(error, TopicError) and error.no_answer:
        return _all_mailed(["kafka"], now)
    if isinstance(error, LedgerError) and isinstance(error.value, list):
        return _all_mailed(sorted({f"ledger/{str(finding).split()[0].rstrip(':')}" for finding in error.value}), now)
    return ""


def _all_mailed(wanted: list[str], now: datetime) -> str:
    """The first of these incidents, where all of them are open, mailed and still watched."""
    from include.incidents import open_incidents
    from include.settings import LakeSettings

    known = open_incidents(LakeSettings.from_environment())
    told = {each.incident_id for each in known if each.mailed_at and each.seen_at and now - each.seen_at < FRESH}
    return wanted[0] if wanted and told.issuperset(wanted) else ""


def note_told(context: Context, incident: str) -> bool:
    """Keeps with the task by which incident its failure is told; whether that could be done."""
    try:
        context["ti"].xcom_push(key=TOLD_BY, value=incident)
    except Exception:  # then it is mailed: the next run would take it for mailed
        log.warning("It cannot be noted that %s tells of the failure", incident, exc_info=True)
        return False
    return True


def mailed_before(context: Context) -> bool:
    """Whether this task failed in the run before and was mailed. When that cannot be asked the answer is no: of a failure a mail too many
    beats none, and of a recovery one too few is borne."""
    ti = context["ti"]
    try:
        before = ti.get_previous_ti(map_index=ti.map_index)
        if before is None or before.state != "failed":
            return False
        return ti.xcom_pull(task_ids=ti.task_id, key=TOLD_BY, run_id=before.run_id, map_indexes=ti.map_index) is None
    except Exception:  # the callback of a killed task runs in the DAG processor, which may not ask
        log.warning("It cannot be asked how the run before ended", exc_info=True)
        return False
