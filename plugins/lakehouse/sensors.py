"""Sensors that wait in the triggerer and hold no worker: bronze is complete, no feed is late, no table is stale.

They look at every sound contract of one system, or at those feeds of it that are named. A broker or a store that is away is waited
for; when the timeout comes, the sensor fails with what was still missing, and is not tried again: it has tried all the time.
"""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseSensorOperator
from airflow.sdk.exceptions import AirflowSensorTimeout

# The triggers' module brings the Delta and Kafka clients along: it is imported when a sensor runs, not when a DAG is read.
if TYPE_CHECKING:
    from airflow.sdk import Context

    from lakehouse.triggers import WaitTrigger

# The trigger itself says what was missing; Airflow's own timeout only ends the wait when no triggerer is alive.
GRACE = timedelta(minutes=2)


class LakeSensor(BaseSensorOperator):
    """Looks once, and defers when something is missing: until the trigger has seen that nothing is, or the timeout has come.

    :param system: whose feeds are looked at, as in include/schemas/<system>
    :param feeds: of them these alone; all without it
    :param poll_interval: seconds between two looks
    :param timeout: how long to wait; then the task fails with what was missing, and is not tried again
    """

    def __init__(
        self,
        *,
        system: str,
        feeds: Sequence[str] = (),
        poll_interval: float = 5.0,
        timeout: timedelta = timedelta(hours=1),
        **more: Any,
    ) -> None:
        super().__init__(poke_interval=poll_interval, timeout=timeout, **more)
        self.system, self.feeds = system, tuple(feeds)

    @abstractmethod
    def trigger(self, waiting: Mapping[str, Any]) -> WaitTrigger:
        """What looks; `waiting` is what every trigger gets."""

    def execute(self, context: Context) -> None:
        self.pass_or_defer(context, self.trigger(self.waiting(time.time() + self.timeout)))

    def waiting(self, deadline: float) -> dict[str, Any]:
        """What every trigger gets; the deadline in seconds since the epoch."""
        return {"system": self.system, "feeds": list(self.feeds), "deadline": deadline, "poll_seconds": self.poke_interval}

    def pass_or_defer(self, context: Context, trigger: WaitTrigger) -> None:
        missing = trigger.look_once()
        if missing:
            self.log.info("Waiting: %s", missing)
            left = timedelta(seconds=max(0.0, trigger.deadline - time.time()))
            self.defer(trigger=trigger, method_name="resume", timeout=left + GRACE)
        self.resume(context, trigger.event())

    def resume(self, context: Context, event: Mapping[str, Any]) -> None:
        if not event["done"]:
            raise AirflowSensorTimeout(f"Waited {timedelta(seconds=self.timeout)} in vain: {event['reason']}")


class IntervalCompleteSensor(LakeSensor):
    """Bronze holds every record that Kafka had when the run began, and so every one of an interval that was over by then.

    Record timestamps are not asked for: a record of the day may carry a later one, or come after those of the next day.
    What comes after the run began is found by later runs, as a day that new rows touched.
    """

    def trigger(self, waiting: Mapping[str, Any]) -> WaitTrigger:
        from lakehouse.triggers import TargetsTrigger

        return TargetsTrigger(**waiting)

    def resume(self, context: Context, event: Mapping[str, Any]) -> None:
        super().resume(context, event)
        if "targets" in event:
            from lakehouse.triggers import IntervalCompleteTrigger

            self.pass_or_defer(context, IntervalCompleteTrigger(targets=event["targets"], **self.waiting(event["deadline"])))


class KafkaLagSensor(LakeSensor):
    """No feed has more unread records than its contract's lag limit."""

    def trigger(self, waiting: Mapping[str, Any]) -> WaitTrigger:
        from lakehouse.triggers import KafkaLagTrigger

        return KafkaLagTrigger(**waiting)


class TableFreshnessSensor(LakeSensor):
    """The newest event of each bronze table is within its contract's freshness, or the table holds all that Kafka has."""

    def trigger(self, waiting: Mapping[str, Any]) -> WaitTrigger:
        from lakehouse.triggers import TableFreshnessTrigger

        return TableFreshnessTrigger(**waiting)
