"""The mails of an incident, sent for real to a server on this machine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import Message

import pytest
from lakehouse.incident_mail import _news, mail_incidents

from include.contracts import load_contracts
from include.incidents import (
    Incident,
    acknowledge_incident,
    change_incidents,
    close_incident,
    incidents,
    mute_incident,
    open_incident,
    unmute_incident,
)
from include.settings import LakeSettings
from include.streams.groups import stream_groups
from include.watch.follow import follow
from include.watch.lag_samples import LagSample, put
from include.watch.signals import Signal
from tests.plugins.lakehouse.mails import body, text_of
from tests.plugins.lakehouse.mails import inbox as inbox

INCIDENT = Incident("retention/clicks", "critical", "retention", "bronze.clicks", "10 offsets of <clicks> left", "raise its retention")
OPENED = ["opened: retention/clicks"]
GROUPS = stream_groups(load_contracts(), {})


def later(**span: float) -> datetime:
    return datetime.now(UTC) + timedelta(**span)


def test_incident_is_mailed_once_with_what_to_do(lake: LakeSettings, inbox: list[Message]) -> None:
    open_incident(lake, INCIDENT)
    assert mail_incidents(lake, GROUPS) == OPENED
    assert mail_incidents(lake, GROUPS) == []
    (message,) = inbox
    assert message["Subject"] == "Headwater: critical: retention, bronze.clicks"
    wanted = ("10 offsets of &lt;clicks&gt; left", "What to do: raise its retention.", "retention/clicks", '/plugin/headwater">')
    assert [words for words in wanted if words not in body(message)] == []


def test_who_reads_no_html_has_the_same_as_text(lake: LakeSettings, inbox: list[Message]) -> None:
    open_incident(lake, INCIDENT)
    mail_incidents(lake, GROUPS)
    (message,) = inbox
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    wanted = ("10 offsets of <clicks> left", "What to do: raise its retention.", "retention/clicks", "/plugin/headwater\n")
    assert [words for words in wanted if words not in text_of(message)] == []


def test_the_last_hour_is_drawn_and_the_feeds_are_listed_as_they_are(lake: LakeSettings, inbox: list[Message]) -> None:
    moment = later(minutes=-10).replace(second=0, microsecond=0)
    for minutes, unread in ((0, 1_500_000), (8, 3_000_000)):
        at = moment + timedelta(minutes=minutes)
        put(lake, [LagSample("clicks", "id", 0, at, 0, unread, 0, unread, 90.0, runway_hours=7.5, state="STALL")])
    open_incident(lake, replace(INCIDENT, incident_id="lag/all"))
    mail_incidents(lake, GROUPS)
    text, html = text_of(inbox[0]), body(inbox[0])
    assert "clicks  3,000,000  90 s          7.5 h       STALL" in text
    bars = [line.split() for line in text.splitlines() if "#" in line]
    assert [(len(bar), value) for _, bar, value in bars] == [(20, "1,500,000"), (40, "3,000,000")]
    assert [html.count(f'width="{pixels}"') for pixels in (120, 240)] == [1, 1]


def test_incident_that_cannot_be_mailed_is_mailed_the_next_time(
    lake: LakeSettings, inbox: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_incident(lake, INCIDENT)
    with monkeypatch.context() as broken:
        broken.setenv("AIRFLOW_CONN_SMTP_DEFAULT", '{"conn_type": "smtp", "host": "127.0.0.1", "port": 1, "extra": {"retry_limit": 1}}')
        with pytest.raises(OSError, match="refused"):
            mail_incidents(lake, GROUPS)
    assert mail_incidents(lake, GROUPS) == OPENED
    assert len(inbox) == 1


def test_its_closing_is_mailed_once(lake: LakeSettings, inbox: list[Message]) -> None:
    open_incident(lake, INCIDENT)
    mail_incidents(lake, GROUPS)
    close_incident(lake, INCIDENT.incident_id)
    assert mail_incidents(lake, GROUPS) == ["closed: retention/clicks"]
    assert mail_incidents(lake, GROUPS) == []
    assert [message["Subject"] for message in inbox][1:] == ["Headwater: closed: retention, bronze.clicks"]


def test_one_that_opened_and_closed_between_two_looks_is_one_mail(lake: LakeSettings, inbox: list[Message]) -> None:
    open_incident(lake, INCIDENT)
    close_incident(lake, INCIDENT.incident_id)
    assert mail_incidents(lake, GROUPS) == ["closed: retention/clicks"]


def test_one_that_closed_long_ago_is_no_news(lake: LakeSettings, inbox: list[Message]) -> None:
    open_incident(lake, INCIDENT)
    close_incident(lake, INCIDENT.incident_id)
    assert mail_incidents(lake, GROUPS, later(days=2)) == []


def test_an_open_one_is_told_again_every_six_hours(lake: LakeSettings, inbox: list[Message]) -> None:
    open_incident(lake, INCIDENT)
    mail_incidents(lake, GROUPS)
    assert mail_incidents(lake, GROUPS, later(hours=5)) == []
    assert mail_incidents(lake, GROUPS, later(hours=7)) == ["still open: retention/clicks"]
    assert mail_incidents(lake, GROUPS, later(hours=8)) == []
    assert inbox[-1]["Subject"] == "Headwater: critical, still open: retention, bronze.clicks"


def test_one_that_got_worse_is_told_at_once_and_one_that_got_better_is_not(lake: LakeSettings, inbox: list[Message]) -> None:
    open_incident(lake, replace(INCIDENT, severity="warning"))
    mail_incidents(lake, GROUPS)
    become(lake, "critical")
    assert mail_incidents(lake, GROUPS) == ["worse: retention/clicks"]
    become(lake, "warning")
    assert mail_incidents(lake, GROUPS) == []


def test_one_that_somebody_is_at_is_not_told_again_and_its_worsening_and_closing_are(lake: LakeSettings, inbox: list[Message]) -> None:
    open_incident(lake, replace(INCIDENT, severity="warning"))
    mail_incidents(lake, GROUPS)
    acknowledge_incident(lake, INCIDENT.incident_id, "me")
    assert mail_incidents(lake, GROUPS, later(hours=7)) == []
    become(lake, "critical")
    assert mail_incidents(lake, GROUPS) == ["worse: retention/clicks"]
    close_incident(lake, INCIDENT.incident_id)
    assert mail_incidents(lake, GROUPS) == ["closed: retention/clicks"]


def test_one_that_is_muted_is_told_when_that_is_over(lake: LakeSettings, inbox: list[Message]) -> None:
    open_incident(lake, INCIDENT)
    mute_incident(lake, INCIDENT.incident_id, later(hours=1))
    assert mail_incidents(lake, GROUPS) == []
    assert mail_incidents(lake, GROUPS, later(hours=2)) == OPENED


def test_one_that_is_unmuted_is_told_at_once(lake: LakeSettings, inbox: list[Message]) -> None:
    open_incident(lake, INCIDENT)
    mute_incident(lake, INCIDENT.incident_id, later(hours=1))
    unmute_incident(lake, INCIDENT.incident_id)
    assert mail_incidents(lake, GROUPS) == OPENED


FLAPS = Signal("lag/all", "critical", "lag: STALL", "group all", "the offset does not move", "see why")
MUTED = [(minute, minute % 12 < 4) for minute in range(8 * 60 - 6)]  # that many looks, and whether they see it


@pytest.fixture
def flapping(lake: LakeSettings, inbox: list[Message]) -> datetime:
    """An incident that was told, muted for eight hours, and came and went forty times since; when that was over."""
    start = datetime.now(UTC) - timedelta(hours=7, minutes=55)
    for minute in (-1, 0):
        follow_once(lake, FLAPS, start + timedelta(minutes=minute))
    assert mail_incidents(lake, GROUPS, start) == ["opened: lag/all"]
    mute_incident(lake, "lag/all", start + timedelta(hours=8))
    known = incidents(lake)
    for minute, is_seen in MUTED:
        now = start + timedelta(minutes=minute + 1)
        for before, after in follow(known, [FLAPS] if is_seen else [], now):
            known = [each for each in known if each != before] + ([] if after is None else [after])
        assert list(_news(known, now)) == []
    assert len([each for each in known if each.closed_at is not None]) == 40
    change_incidents(lake, lambda found: [*((each, None) for each in found), *((None, each) for each in known)])
    return start + timedelta(hours=8, minutes=1)


def follow_once(lake: LakeSettings, signal: Signal, now: datetime) -> None:
    change_incidents(lake, lambda known: follow(known, [signal], now))


def test_one_that_came_and_went_while_it_was_muted_is_one_mail_when_that_is_over(lake: LakeSettings, flapping: datetime) -> None:
    """Of the end of that which was told before; of the others nobody was told."""
    assert mail_incidents(lake, GROUPS, flapping) == ["closed: lag/all"]


def test_one_that_came_and_went_while_it_was_muted_is_one_mail_when_it_is_unmuted(lake: LakeSettings, flapping: datetime) -> None:
    unmute_incident(lake, "lag/all")
    assert mail_incidents(lake, GROUPS) == ["closed: lag/all"]


def become(lake: LakeSettings, severity: str) -> None:
    change_incidents(lake, lambda known: [(each, replace(each, severity=severity)) for each in known])


def test_one_that_is_only_suspected_is_not_mailed(lake: LakeSettings, inbox: list[Message]) -> None:
    change_incidents(lake, lambda known: [(None, replace(INCIDENT, first_seen_at=later()))])
    assert len(incidents(lake)) == 1
    assert mail_incidents(lake, GROUPS) == []
