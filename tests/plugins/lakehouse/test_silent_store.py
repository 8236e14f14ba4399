"""A store that takes connections and says nothing is one that is away: one mail. A real socket, and mails that are sent for real."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email.message import Message

import pytest
from airflow.sdk.exceptions import AirflowTaskTimeout
from lakehouse import watching
from lakehouse.told import incident_of

from include import objects
from include.contracts import Contracts
from include.errors import StoreError
from include.settings import LakeSettings
from tests.plugins.lakehouse.mails import inbox as inbox
from tests.plugins.lakehouse.variables import Variables
from tests.plugins.lakehouse.variables import variables as variables
from tests.s3 import s3


@pytest.fixture
def silent() -> Iterator[LakeSettings]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:  # the kernel takes connections, and nobody reads them
        yield LakeSettings("s3://lake/here", f"http://127.0.0.1:{listening.getsockname()[1]}", "key", "secret")


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(objects.expect_answer, "__defaults__", (0.2,))
    return monkeypatch


def look_at(lake: LakeSettings, patched: pytest.MonkeyPatch) -> BaseException:
    patched.setattr(LakeSettings, "from_environment", lambda *_: lake)
    with pytest.raises((StoreError, AirflowTaskTimeout)) as caught:
        watching.watch(Contracts({}))
    return caught.value


def test_two_tries_mail_once_and_their_failures_are_told_by_it(
    silent: LakeSettings, looked_at: pytest.MonkeyPatch, variables: Variables, inbox: list[Message]
) -> None:
    told = [incident_of(look_at(silent, looked_at)) for _ in range(3)]
    assert told == ["", "store", "store"]
    assert ["the store gives no answer" in str(mail["Subject"]) for mail in inbox] == [True]


def test_a_task_that_waited_for_it_until_its_time_was_over_is_told_by_it(
    silent: LakeSettings, looked_at: pytest.MonkeyPatch, variables: Variables, inbox: list[Message]
) -> None:
    assert incident_of(AirflowTaskTimeout("Timeout")) == ""
    for _ in range(2):
        look_at(silent, looked_at)
    assert incident_of(AirflowTaskTimeout("Timeout")) == "store"


@pytest.mark.parametrize("falls_silent", [True, False])
def test_a_look_that_took_too_long_asks_whether_it_was_the_store(
    looked_at: pytest.MonkeyPatch, variables: Variables, inbox: list[Message], falls_silent: bool
) -> None:
    def hang(*_: object) -> dict[str, int]:
        if falls_silent:
            store.speaks.clear()
        raise AirflowTaskTimeout("Timeout")

    looked_at.setattr(watching, "_watch", hang)
    with s3() as store:
        for _ in range(2):
            store.speaks.set()
            assert isinstance(look_at(store.lake, looked_at), AirflowTaskTimeout)
    assert len(inbox) == falls_silent


def test_a_store_that_refuses_has_answered() -> None:
    with s3() as store:
        objects.expect_answer(store.lake)
