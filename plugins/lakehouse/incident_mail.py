"""Mails of an incident: when it opens, when it gets worse, now and then while it is open, and when it closes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Literal

from airflow.providers.smtp.hooks.smtp import SmtpHook

from include.incidents import Incident, change_incidents, incidents
from include.settings import LakeSettings
from lakehouse.mail import CONNECTION, recipients
from lakehouse.page_link import page_url

REMINDED = timedelta(hours=6)
LONG_AGO = timedelta(days=1)  # closed before that, it needs no mail any more
News = Literal["opened", "worse", "still open", "closed"]
_LEVELS = ("warning", "critical")

BODY = """\
<p>{what}</p>
<table>
<tr><td>State</td><td>{news}, {severity}</td></tr>
<tr><td>Where</td><td>{where}</td></tr>
<tr><td>Cause</td><td>{cause}</td></tr>
<tr><td>Opened</td><td>{opened}</td></tr>
<tr><td>Closed</td><td>{closed}</td></tr>
<tr><td>Incident</td><td>{incident_id}</td></tr>
</table>
<p>What to do: {fix}.</p>
<p><a href="{page}">The page</a> has the figures; an operator may acknowledge or mute the incident there.</p>
"""


def mail_incidents(lake: LakeSettings, now: datetime | None = None) -> list[str]:
    """Mails what is new of each incident, and notes it; news and ids.

    Each is noted right after its mail: a crash between the two mails that one again, and none is left out. Raises what the mail
    server's refusal raises, and StoreError.
    """
    now = now or datetime.now(UTC)
    told = list(_news(incidents(lake), now))
    if told:
        with SmtpHook(smtp_conn_id=CONNECTION) as smtp:
            for incident, news in told:
                smtp.send_email_smtp(to=recipients(), subject=_subject(incident, news), html_content=_body(incident, news))
                _note(lake, incident, news, now)
    return [f"{news}: {incident.incident_id}" for incident, news in told]


def _news(known: list[Incident], now: datetime) -> Iterator[tuple[Incident, News]]:
    for each in known:
        if each.opened_at is None or each.is_muted(now):
            continue
        if each.closed_at is not None:
            if each.closing_mailed_at is None and now - max(each.closed_at, each.muted_until or each.closed_at) < LONG_AGO:
                yield each, "closed"  # also one of which nobody has heard before
        elif each.mailed_at is None:
            yield each, "opened"
        elif _LEVELS.index(each.severity) > _LEVELS.index(each.mailed_severity or each.severity):
            yield each, "worse"
        elif each.acknowledged_at is None and now - each.mailed_at >= REMINDED:
            yield each, "still open"


def _note(lake: LakeSettings, incident: Incident, news: News, now: datetime) -> None:
    noted = {"closing_mailed_at": now} if news == "closed" else {"mailed_at": now, "mailed_severity": incident.severity}

    def wanted(known: list[Incident]) -> list[tuple[Incident | None, Incident | None]]:
        same = [each for each in known if (each.incident_id, each.opened_at) == (incident.incident_id, incident.opened_at)]
        return [(each, replace(each, **noted)) for each in same]

    change_incidents(lake, wanted)


def _subject(incident: Incident, news: News) -> str:
    word = incident.severity if news == "opened" else news if news == "closed" else f"{incident.severity}, {news}"
    return f"Headwater: {word}: {incident.cause}, {incident.where}"


def _body(incident: Incident, news: News) -> str:
    words = {name: escape(value) for name, value in vars(incident).items() if isinstance(value, str)}
    return BODY.format(**words, news=news, page=escape(page_url()), opened=_time(incident.opened_at), closed=_time(incident.closed_at))


def _time(at: datetime | None) -> str:
    return "–" if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"
