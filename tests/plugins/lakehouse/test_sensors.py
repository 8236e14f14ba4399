"""When a sensor passes, defers and fails, with a trigger that needs no service."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSensorTimeout, TaskDeferred
from lakehouse.sensors import GRACE, KafkaLagSensor, LakeSensor
from lakehouse.triggers import WaitTrigger

from include.errors import StoreError

HOUR = timedelta(hours=1)


class One(WaitTrigger):
    """Gives one answer."""

    def __init__(self, *, answer: str | Exception, **waiting: Any) -> None:
        super().__init__(**waiting)
        self.answer = answer

    def look(self) -> str:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class OneSensor(LakeSensor):
    def __init__(self, *, answer: str | Exception, **more: Any) -> None:
        super().__init__(system="commerce", timeout=HOUR, **more)
        self.answer = answer

    def trigger(self, waiting: Mapping[str, Any]) -> WaitTrigger:
        return One(answer=self.answer, **waiting)


def test_sensor_passes_without_the_triggerer_when_nothing_is_missing() -> None:
    assert OneSensor(task_id="one", answer="").execute({}) is None


@pytest.mark.parametrize("answer", ["metrics: 9 records unread", StoreError("no store")])
def test_sensor_holds_no_worker_while_it_waits(answer: str | Exception) -> None:
    with pytest.raises(TaskDeferred) as deferred:
        OneSensor(task_id="one", answer=answer).execute({})
    assert deferred.value.trigger.deadline == pytest.approx(time.time() + HOUR.total_seconds(), abs=5)
    assert deferred.value.method_name == "resume"
    assert HOUR < deferred.value.timeout <= HOUR + GRACE


def test_sensor_passes_when_its_trigger_has_seen_that_nothing_is_missing() -> None:
    assert KafkaLagSensor(task_id="lag", system="commerce").resume({}, {"done": True}) is None


def test_sensor_that_waited_in_vain_fails_with_what_was_missing_and_is_not_tried_again() -> None:
    sensor = KafkaLagSensor(task_id="lag", system="commerce", timeout=HOUR)
    with pytest.raises(AirflowSensorTimeout, match="Waited 1:00:00 in vain: metrics: 9 records unread"):
        sensor.resume({}, {"done": False, "reason": "metrics: 9 records unread"})
