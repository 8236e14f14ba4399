"""Which incident tells of a task's failure; none where there is any doubt."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import Message

import pytest
from lakehouse.store_outage import store_is_away
from lakehouse.told import incident_of

from include.errors import HeadwaterError, LedgerError, StoreError, TopicError
from include.incidents import Incident, change_incidents
from include.settings import LakeSettings
from tests.plugins.lakehouse.mails import inbox as inbox
from tests.plugins.lakehouse.variables import Variables
from tests.plugins.lakehouse.variables import variables as variables

NOW = datetime(2026, 3, 1, tzinfo=UTC)
STORE = StoreError("the table could not be opened: Generic S3 error: HTTP error: error sending request")
KAFKA = TopicError('the topics could not be listed: KafkaError{code=_TRANSPORT,str="Local: Broker transport failure"}')
LEDGER = LedgerError(
    "the ledger does not close", value=["clicks partition 0 of topic id a: missing", "views 2026-03-01: bronze has 3 rows"]
)
MAILED = Incident("kafka", "critical", "c", "w", "w", "f", opened_at=NOW, first_seen_at=NOW, seen_at=NOW, mailed_at=NOW)


@pytest.fixture(autouse=True)
def here(lake: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LakeSettings, "from_environment", lambda *_: lake)


def know(lake: LakeSettings, *incidents: Incident) -> None:
    change_incidents(lake, lambda _: [(None, each) for each in incidents])


def test_the_store_away_is_told_once_it_was_mailed(variables: Variables, inbox: list[Message]) -> None:
    told = []
    for seconds in (0, 6):
        told.append(incident_of(STORE, NOW))
        store_is_away(STORE, NOW + timedelta(seconds=seconds))
    assert [*told, incident_of(STORE, NOW + timedelta(minutes=1))] == ["", "", "store"]


def test_a_store_that_refused_a_call_is_told_by_no_incident(variables: Variables, inbox: list[Message]) -> None:
    for _ in range(2):
        store_is_away(STORE, NOW)
    assert incident_of(StoreError("the table could not be opened: invalid version"), NOW) == ""


def test_kafka_away_is_told_by_its_incident(lake: LakeSettings) -> None:
    know(lake, MAILED)
    assert (incident_of(KAFKA, NOW), incident_of(TopicError("no such topic"), NOW)) == ("kafka", "")


@pytest.mark.parametrize(
    "doubtful",
    [
        replace(MAILED, mailed_at=None),
        replace(MAILED, closed_at=NOW),
        replace(MAILED, seen_at=NOW - timedelta(minutes=4)),
        replace(MAILED, incident_id="topic/clicks"),
    ],
)
def test_an_incident_that_was_not_mailed_or_is_over_or_is_watched_by_nobody_tells_of_nothing(
    lake: LakeSettings, doubtful: Incident
) -> None:
    know(lake, doubtful)
    assert incident_of(KAFKA, NOW) == ""


def test_a_ledger_that_is_open_is_told_where_each_of_its_feeds_is(lake: LakeSettings) -> None:
    know(lake, replace(MAILED, incident_id="ledger/clicks"))
    assert incident_of(LEDGER, NOW) == ""
    know(lake, replace(MAILED, incident_id="ledger/views"))
    assert incident_of(LEDGER, NOW) == "ledger/clicks"


@pytest.mark.parametrize("error", [None, "killed", ValueError("no"), HeadwaterError("no"), KAFKA])
def test_any_other_failure_is_told_by_nothing(error: object) -> None:
    assert incident_of(error, NOW) == ""


def test_where_nobody_can_be_asked_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LakeSettings, "from_environment", lambda *_: 1 / 0)
    assert incident_of(KAFKA, NOW) == ""
