"""The mail of an incident, sent for real to a server on this machine: one for each."""

from __future__ import annotations

from email.message import Message

import pytest
from lakehouse.incident_mail import mail_new_incidents

from include.incidents import Incident, close_incident, open_incident
from include.settings import LakeSettings
from tests.plugins.lakehouse.mails import body
from tests.plugins.lakehouse.mails import inbox as inbox

INCIDENT = Incident("retention/clicks", "critical", "retention", "bronze.clicks", "10 offsets of <clicks> left", "raise its retention")


def test_incident_is_mailed_once_with_what_to_do(lake: LakeSettings, inbox: list[Message]) -> None:
    open_incident(lake, INCIDENT)
    assert mail_new_incidents(lake) == ["retention/clicks"]
    assert mail_new_incidents(lake) == []
    (message,) = inbox
    assert message["Subject"] == "Headwater: critical: retention, bronze.clicks"
    wanted = ("10 offsets of &lt;clicks&gt; left", "What to do: raise its retention.", "retention/clicks")
    assert [words for words in wanted if words not in body(message)] == []


def test_incident_that_cannot_be_mailed_is_mailed_the_next_time(
    lake: LakeSettings, inbox: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_incident(lake, INCIDENT)
    with monkeypatch.context() as broken:
        broken.setenv("AIRFLOW_CONN_SMTP_DEFAULT", '{"conn_type": "smtp", "host": "127.0.0.1", "port": 1, "extra": {"retry_limit": 1}}')
        with pytest.raises(OSError, match="refused"):
            mail_new_incidents(lake)
    assert mail_new_incidents(lake) == ["retention/clicks"]
    assert len(inbox) == 1


def test_closed_incident_is_not_mailed_any_more(lake: LakeSettings, inbox: list[Message]) -> None:
    open_incident(lake, INCIDENT)
    close_incident(lake, INCIDENT.incident_id)
    assert mail_new_incidents(lake) == []
    assert inbox == []
