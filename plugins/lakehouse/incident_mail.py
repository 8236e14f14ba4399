"""Mails of an incident: when it opens, when it gets worse, now and then while it is open, and when it closes. As text and as HTML."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

from airflow.providers.smtp.hooks.smtp import SmtpHook

from include.contracts.model import Contract
from include.errors import SettingsError
from include.incidents import Incident, change_incidents, incidents
from include.settings import LakeSettings
from include.watch import lag_samples
from include.watch.trend import SPAN, feeds_of, last_look, trend
from lakehouse.incident_words import News, Story
from lakehouse.mail import CONNECTION, recipients
from lakehouse.page_link import page_url

REMINDED = timedelta(hours=6)
LONG_AGO = timedelta(days=1)  # closed before that, it needs no mail any more
Groups = Mapping[str, Collection[Contract]]
_LEVELS = ("warning", "critical")


class MailServer(SmtpHook):
    """Airflow's mail connection: its server, its login, its TLS. The hook's own messages are HTML alone."""

    def send(self, story: Story) -> None:
        """Sends it as text and HTML, from the connection's `from_email`. Raises SettingsError without one, and what smtplib raises where
        the server refuses it: whoever calls is to try again."""
        if self._smtp_client is None or not self.from_email:
            raise SettingsError("the mail has no sender", where=f"connection {CONNECTION}", fix="give it a from_email")
        message = EmailMessage(policy.SMTP)
        message["Subject"], message["From"], message["To"] = story.subject, self.from_email, ", ".join(recipients())
        message["Date"] = format_datetime(datetime.now(UTC))
        message.set_content(story.text, cte="quoted-printable")
        message.add_alternative(story.html, subtype="html", cte="quoted-printable")
        message.policy = policy.SMTP.clone(max_line_length=998)  # the longest line that may be: a folded subject begins with an empty one
        self._smtp_client.send_message(message)


def mail_incidents(lake: LakeSettings, groups: Groups, now: datetime | None = None) -> list[str]:
    """Mails what is new of each incident, and notes it; news and ids. `groups`: the stream groups, whose feeds' figures are told.

    Each is noted right after its mail: a crash between the two mails that one again, and none is left out. Raises what the mail
    server's refusal raises, and StoreError.
    """
    now = now or datetime.now(UTC)
    told = list(_news(incidents(lake), now))
    if told:
        hour = lag_samples.since(lake, now - SPAN)
        with MailServer(smtp_conn_id=CONNECTION) as server:
            for incident, news in told:
                feeds = feeds_of(incident.incident_id, groups)
                server.send(Story(incident, news, page_url(), last_look(hour, feeds), trend(incident.incident_id, hour, feeds)))
                _note(lake, incident, news, now)
    return [f"{news}: {incident.incident_id}" for incident, news in told]


def mail_incident(incident: Incident, news: News) -> None:
    """Mails one without asking the store for anything. Raises as `mail_incidents`."""
    with MailServer(smtp_conn_id=CONNECTION) as server:
        server.send(Story(incident, news, page_url()))


def _news(known: list[Incident], now: datetime) -> Iterator[tuple[Incident, News]]:
    for each in known:
        if each.opened_at is None or each.is_muted(now):
            continue
        if each.closed_at is not None:
            if each.is_untold_and_muted or each.closing_mailed_at is not None:
                continue
            if now - max(each.closed_at, each.muted_until or each.closed_at) < LONG_AGO:
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
