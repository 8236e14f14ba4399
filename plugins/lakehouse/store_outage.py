"""The store away: the one cause that cannot be noted on the lake. It is noted in a variable of Airflow, and mailed as an incident is.

The DAG `watch` alone writes it: what two tries have seen is mailed, again every six hours, and once when the store is back.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from airflow.sdk import Variable

if TYPE_CHECKING:
    from include.errors import StoreError
    from include.incidents import Incident

VARIABLE = "headwater_store_outage"
ABOUT = "Since when the object store is away, and when it was mailed; written by the DAG watch."
FRESH = timedelta(minutes=3)  # what was not seen for that long may be watched by nobody


@dataclass(frozen=True)
class StoreOutage:
    """The last one. It is over once `back_at` is there."""

    since: datetime
    seen_at: datetime
    where: str
    what: str
    mailed_at: datetime | None = None  # the last time
    back_at: datetime | None = None

    def is_told(self, now: datetime) -> bool:
        """Whether it lasts, a mail of it has gone out, and the DAG `watch` goes on seeing it."""
        return self.mailed_at is not None and self.back_at is None and now - self.seen_at < FRESH

    def as_incident(self) -> Incident:
        from include.incidents import Incident

        fix = (
            "see that the store is up: `headwater status`, `headwater logs minio`; the streams go on by themselves when it is back,"
            " a daily run that failed meanwhile is to be cleared"
        )
        cause, end = "the store gives no answer", self.back_at
        return Incident(
            "store", "critical", cause, self.where, self.what, fix, opened_at=self.since, closed_at=end, mailed_at=self.mailed_at
        )


def store_outage() -> StoreOutage | None:
    """The last outage of which anybody knows; None where there was none. Raises AirflowRuntimeError where Airflow cannot be asked."""
    noted = Variable.get(VARIABLE, default=None)
    if not noted:
        return None
    times = {each.name for each in fields(StoreOutage)} - {"where", "what"}
    return StoreOutage(
        **{name: datetime.fromisoformat(value) if value and name in times else value for name, value in json.loads(noted).items()}
    )


def store_is_away(error: StoreError, now: datetime) -> None:
    """Notes that it gave no answer; mails it where that was seen before, unless it was mailed in the last six hours.

    A crash between the mail and its noting mails once more, and none is left out. Raises what a refusing mail server raises, and
    AirflowRuntimeError.
    """
    from lakehouse.incident_mail import REMINDED, mail_incident

    before = store_outage()
    if before is None or before.back_at is not None:
        _note(StoreOutage(now, now, error.where, error.what))
        return
    seen = replace(before, seen_at=now, where=error.where, what=error.what)
    if seen.mailed_at is None or now - seen.mailed_at >= REMINDED:
        mail_incident(seen.as_incident(), "still open" if seen.mailed_at else "opened")
        seen = replace(seen, mailed_at=now)
    _note(seen)


def store_is_back(now: datetime) -> None:
    """Notes that it answers, and mails it where its absence was mailed. Does nothing where it was not away. Raises as `store_is_away`."""
    from lakehouse.incident_mail import mail_incident

    before = store_outage()
    if before is not None and before.back_at is None:
        over = replace(before, back_at=now)
        if before.mailed_at is not None:
            mail_incident(over.as_incident(), "closed")
        _note(over)


def _note(outage: StoreOutage) -> None:
    Variable.set(VARIABLE, json.dumps(asdict(outage), default=datetime.isoformat), description=ABOUT)
