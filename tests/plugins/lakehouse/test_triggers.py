"""The waiting itself, with a trigger that needs no service; what the real ones look at is in the integration tier."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from airflow.sdk.module_loading import import_string
from lakehouse.triggers import (
    IntervalCompleteTrigger,
    KafkaLagTrigger,
    TableFreshnessTrigger,
    TargetsTrigger,
    WaitTrigger,
    system_contracts,
)

from include.errors import ContractError, StoreError, TopicError


class Answers(WaitTrigger):
    """Gives the answers one after the other, the last one for ever; raises those that are errors."""

    def __init__(self, *answers: str | Exception, seconds: float = 5.0, slow: float = 0.0) -> None:
        super().__init__(system="commerce", deadline=time.time() + seconds, poll_seconds=0.01)
        self.answers, self.slow, self.looks = list(answers), slow, 0

    def look(self) -> str:
        self.looks += 1
        time.sleep(self.slow)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def events(trigger: WaitTrigger) -> list[dict[str, Any]]:
    async def collect() -> list[dict[str, Any]]:
        return [event.payload async for event in trigger.run()]

    return asyncio.run(collect())


def test_trigger_fires_once_when_nothing_is_missing() -> None:
    assert events(Answers("2 records", "1 record", "")) == [{"done": True}]


def test_broker_or_store_that_is_away_is_asked_again() -> None:
    assert events(Answers(TopicError("no broker"), StoreError("no store"), "")) == [{"done": True}]


def test_trigger_never_passes_without_an_answer_and_says_what_it_lacked() -> None:
    (event,) = events(Answers(TopicError("no broker", where="Kafka at 127.0.0.1:9"), seconds=0.2))
    assert event == {"done": False, "reason": "no broker; where: Kafka at 127.0.0.1:9"}


def test_trigger_gives_up_at_its_deadline_with_the_last_reason() -> None:
    (event,) = events(Answers("bronze.metrics: partition 0 lacks 3", seconds=0.2))
    assert event == {"done": False, "reason": "bronze.metrics: partition 0 lacks 3"}


def test_trigger_does_not_wait_past_its_deadline_for_a_client_that_hangs() -> None:
    async def first() -> tuple[dict[str, Any], float]:
        started = time.monotonic()
        event = await anext(Answers("", seconds=0.2, slow=1.5).run())
        return event.payload, time.monotonic() - started

    event, seconds = asyncio.run(first())
    assert event["done"] is False
    assert seconds < 1.0


def test_trigger_that_starts_after_its_deadline_does_not_look() -> None:
    trigger = Answers("", seconds=-1)
    assert (events(trigger)[0]["done"], trigger.looks) == (False, 0)


def test_looking_does_not_block_the_other_triggers() -> None:
    async def ticks_meanwhile() -> int:
        looking = asyncio.create_task(anext(Answers("", slow=0.5).run()))
        ticks = 0
        while not looking.done():
            await asyncio.sleep(0.01)
            ticks += 1
        return ticks

    assert asyncio.run(ticks_meanwhile()) > 10


def test_error_that_only_a_person_can_mend_ends_the_waiting_at_once() -> None:
    with pytest.raises(ContractError):
        events(Answers(ContractError("broken")))


COMMON = {"system": "commerce", "deadline": 1_800_000_000.5, "poll_seconds": 5.0}


@pytest.mark.parametrize(
    "trigger",
    [
        TargetsTrigger(**COMMON),
        IntervalCompleteTrigger(targets={"metrics": {"0": 7, "1": 0}}, **COMMON),
        KafkaLagTrigger(**COMMON),
        TableFreshnessTrigger(**COMMON),
    ],
    ids=lambda trigger: type(trigger).__name__,
)
def test_triggerer_makes_the_same_trigger_from_what_was_stored(trigger: WaitTrigger) -> None:
    path, arguments = json.loads(json.dumps(trigger.serialize()))
    assert import_string(path)(**arguments).serialize() == trigger.serialize()


def test_system_that_does_not_exist_is_not_waited_for() -> None:
    with pytest.raises(ContractError, match="known: "):
        system_contracts("weather")


def test_the_feeds_that_are_named_are_looked_at_alone() -> None:
    waiting = {"system": "commerce", "deadline": 0.0, "poll_seconds": 1.0}
    assert list(KafkaLagTrigger(feeds=["metrics"], **waiting).contracts) == ["metrics"]
    assert len(KafkaLagTrigger(**waiting).contracts) == 3
    with pytest.raises(ContractError, match=r"no such feed.*where: commerce; value: 'clicks'; fix: known: commandes_json"):
        _ = KafkaLagTrigger(feeds=["clicks"], **waiting).contracts
