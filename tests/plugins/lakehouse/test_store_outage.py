"""The store away: mailed once, by what two tries of the DAG `watch` have seen, and once when it is back. The mails are sent for real."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import Message

import pytest
from lakehouse import store_outage as outage
from lakehouse import watching
from lakehouse.store_outage import store_is_away, store_is_back

from include.contracts import Contracts
from include.errors import StoreError
from tests.plugins.lakehouse.mails import inbox as inbox
from tests.plugins.lakehouse.variables import Variables
from tests.plugins.lakehouse.variables import variables as variables

NOW = datetime(2026, 3, 1, tzinfo=UTC)
AWAY = StoreError("the object store failed: Could not connect to the endpoint URL: x", where="http://x, lake")
REFUSED = StoreError("the object store failed: (AccessDenied)", where="http://x, lake")


def subjects(inbox: list[Message]) -> list[str]:
    return [str(message["Subject"]).removeprefix("Headwater: ").partition(",")[0] for message in inbox]


def away(**after: float) -> None:
    store_is_away(AWAY, NOW + timedelta(**after))


def test_a_store_that_was_away_once_is_no_news(variables: Variables, inbox: list[Message]) -> None:
    away()
    store_is_back(NOW + timedelta(seconds=5))
    away(minutes=9)
    assert inbox == []


def test_it_is_mailed_once_while_it_is_away_and_once_when_it_is_back(variables: Variables, inbox: list[Message]) -> None:
    for minutes in range(4):
        away(minutes=minutes)
    assert subjects(inbox) == ["critical: the store gives no answer"]
    for minutes in (5, 6):
        store_is_back(NOW + timedelta(minutes=minutes))
    assert subjects(inbox)[1:] == ["closed: the store gives no answer"]


def test_it_is_told_again_after_six_hours(variables: Variables, inbox: list[Message]) -> None:
    for minutes in (0, 1, 300, 362):
        away(minutes=minutes)
    assert subjects(inbox)[1:] == ["critical"]
    assert "still open" in str(inbox[1]["Subject"])


def test_what_could_not_be_mailed_is_mailed_at_the_next_try(
    variables: Variables, inbox: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    away()
    with monkeypatch.context() as broken:
        broken.setenv("AIRFLOW_CONN_SMTP_DEFAULT", '{"conn_type": "smtp", "host": "127.0.0.1", "port": 1, "extra": {"retry_limit": 1}}')
        with pytest.raises(OSError, match="refused"):
            away(minutes=1)
    away(minutes=2)
    assert len(inbox) == 1


@pytest.mark.parametrize(("minutes", "told"), [(2, True), (4, False)])
def test_it_is_told_as_long_as_somebody_watches_it(variables: Variables, inbox: list[Message], minutes: int, told: bool) -> None:
    away()
    found = outage.store_outage()
    assert found is not None
    assert not found.is_told(NOW)
    away(minutes=1)
    found = outage.store_outage()
    assert found is not None
    assert found.is_told(NOW + timedelta(minutes=1 + minutes)) is told


@pytest.mark.parametrize(("error", "mails"), [(AWAY, 1), (REFUSED, 0)])
def test_a_look_mails_of_a_store_that_gives_no_answer_and_fails_of_any_other_trouble(
    variables: Variables, inbox: list[Message], monkeypatch: pytest.MonkeyPatch, error: StoreError, mails: int
) -> None:
    def fail(*_: object) -> dict[str, int]:
        raise error

    monkeypatch.setattr(watching.LakeSettings, "from_environment", lambda *_: None)
    monkeypatch.setattr(watching, "expect_answer", lambda _: None)
    monkeypatch.setattr(watching, "_watch", fail)
    for _ in range(2):
        with pytest.raises(StoreError, match="the object store failed"):
            watching.watch(Contracts({}))
    assert len(inbox) == mails
    monkeypatch.setattr(watching, "_watch", lambda *_: {})
    watching.watch(Contracts({}))
    assert len(inbox) == 2 * mails
