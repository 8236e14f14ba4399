"""One mail for an incident: what is wrong, where, and what to do."""

from __future__ import annotations

from html import escape

from airflow.providers.smtp.hooks.smtp import SmtpHook

from include.incidents import Incident, mailed, open_incidents
from include.settings import LakeSettings
from lakehouse.mail import CONNECTION, recipients

BODY = """\
<p>{what}</p>
<table>
<tr><td>Where</td><td>{where}</td></tr>
<tr><td>Cause</td><td>{cause}</td></tr>
<tr><td>Opened</td><td>{opened_at:%Y-%m-%d %H:%M:%S} UTC</td></tr>
<tr><td>Incident</td><td>{incident_id}</td></tr>
</table>
<p>What to do: {fix}.</p>
"""


def mail_new_incidents(lake: LakeSettings) -> list[str]:
    """Mails each open incident that was not mailed yet, and notes it; their ids.

    Each is noted right after its mail: a crash between the two mails that one again, and none is left out. Raises what the mail
    server's refusal raises, and StoreError.
    """
    new = [incident for incident in open_incidents(lake) if incident.mailed_at is None]
    if new:
        with SmtpHook(smtp_conn_id=CONNECTION) as smtp:
            for incident in new:
                smtp.send_email_smtp(to=recipients(), subject=_subject(incident), html_content=_body(incident))
                mailed(lake, [incident.incident_id])
    return [incident.incident_id for incident in new]


def _subject(incident: Incident) -> str:
    return f"Headwater: {incident.severity}: {incident.cause}, {incident.where}"


def _body(incident: Incident) -> str:
    words = {name: escape(value) for name, value in vars(incident).items() if isinstance(value, str)}
    return BODY.format(**{**vars(incident), **words})
