"""The look of every minute on the real stack: lag noted, one incident and one mail for an outage, whatever it takes with it."""

from __future__ import annotations

from datetime import timedelta
from email.message import Message

import pytest
from lakehouse.watching import watch

from include.contracts import load_contracts
from include.errors import StoreError
from include.incidents import incidents
from include.ops_tables import get_rows
from include.streams import state
from include.watch import follow, signals
from include.watch.lag_samples import LAG
from local.ports import NOBODY
from tests.integration.streams import GROUP, Streams, eventually
from tests.plugins.lakehouse.mails import inbox as inbox
from tests.plugins.lakehouse.variables import Variables
from tests.plugins.lakehouse.variables import variables as variables

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

CONTRACTS = load_contracts()


@pytest.fixture
def watched(at_work: Streams, variables: Variables, monkeypatch: pytest.MonkeyPatch) -> Streams:
    """Streams at work that this process's environment names; what persists or passes does so from one look to the next."""
    for name, value in at_work.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(follow, "PERSISTS", timedelta(milliseconds=1))
    monkeypatch.setattr(follow, "PASSES", timedelta(0))
    return at_work


def states(streams: Streams) -> list[tuple[str, bool]]:
    return [(each.incident_id, each.is_open) for each in incidents(streams.lake)]


def open_ones(streams: Streams) -> list[str]:
    return [incident_id for incident_id, is_open in states(streams) if is_open]


def subjects(inbox: list[Message]) -> list[str]:
    return [str(message["Subject"]).split(",")[0] for message in inbox]


def test_kafka_away_is_one_mail_and_one_when_it_is_back(watched: Streams, inbox: list[Message], monkeypatch: pytest.MonkeyPatch) -> None:
    eventually(lambda: watched.running() and watched.landed(), "all is well")
    partitions = sum(len(of_feed) for of_feed in watched.ends().values())  # as they are: a test may have added one
    assert watch(CONTRACTS) == {"partitions": partitions, "signals": 0, "mails": 0}
    with monkeypatch.context() as away:
        away.setenv("KAFKA_BOOTSTRAP_SERVERS", NOBODY)
        for _ in range(3):
            watch(CONTRACTS)
    assert states(watched) == [("kafka", True)]
    watch(CONTRACTS)
    assert states(watched) == [("kafka", False)]
    assert subjects(inbox) == ["Headwater: critical: Kafka cannot be asked", "Headwater: closed: Kafka cannot be asked"]
    assert {row["feed"] for row in get_rows(watched.lake, LAG)} == set(CONTRACTS.feeds)


def test_the_store_away_is_one_mail_and_one_when_it_is_back(
    watched: Streams, inbox: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    eventually(lambda: watched.running() and watched.landed(), "all is well")
    with monkeypatch.context() as away:
        away.setenv("AWS_ENDPOINT_URL", f"http://{NOBODY}")
        for _ in range(3):
            with pytest.raises(StoreError):
                watch(CONTRACTS)
    for _ in range(2):
        watch(CONTRACTS)
    assert subjects(inbox) == ["Headwater: critical: the store gives no answer", "Headwater: closed: the store gives no answer"]


def test_a_dead_driver_is_one_mail_and_not_one_for_each_feed(
    watched: Streams, inbox: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    eventually(lambda: watched.running() and watched.landed(), "all is well")
    watched.kill_driver()
    state.set_desired(watched.lake, GROUP, "running")
    for feed in ("clicks", "views", "ratings"):
        watched.send(feed, [b"{}"] * 10)
    monkeypatch.setattr(signals, "SILENT_SECONDS", 0.0)
    monkeypatch.setattr(signals, "STARTING_SECONDS", 0.0)
    for _ in range(3):
        watch(CONTRACTS)
    assert open_ones(watched) == [f"stream/{GROUP}"]
    assert subjects(inbox) == ["Headwater: critical: the stream's driver is not at work"]
    assert {row["feed"] for row in get_rows(watched.lake, LAG, "state = 'STOP'")} >= {"clicks", "views", "ratings"}
