"""What the sensors wait for. Each trigger asks now and then, in a thread, until the answer is right or the deadline has come.

A broker or a store that is away is one more reason to wait, never one to pass; when the deadline comes, the last reason
is what the task fails with.
"""

from __future__ import annotations

import asyncio
import time
from abc import abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from include.contracts import Contract, load_contracts
from include.delta_log import newest_event_time
from include.errors import ContractError, StoreError, TopicError
from include.lag import end_offsets, feed_progress
from include.settings import KafkaSettings, LakeSettings

SLOW_SECONDS = 30.0  # a look that takes longer is worth telling of

Targets = dict[str, dict[str, int]]  # feed → partition → offset; partitions are text, as JSON has no other keys


class WaitTrigger(BaseTrigger):
    """Fires once: {"done": True, …}, or {"done": False, "reason": …} when the deadline (seconds since the epoch) has come."""

    def __init__(self, *, system: str, deadline: float, poll_seconds: float, feeds: Sequence[str] = ()) -> None:
        super().__init__()
        self.system, self.feeds, self.deadline, self.poll_seconds = system, list(feeds), deadline, poll_seconds

    @cached_property
    def contracts(self) -> dict[str, Contract]:
        """The sound contracts of the system, or of these feeds of it, by feed; read once for all looks."""
        return {contract.feed: contract for contract in chosen_contracts(self.system, self.feeds)}

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return f"{type(self).__module__}.{type(self).__qualname__}", self.arguments()

    def arguments(self) -> dict[str, Any]:
        return {"system": self.system, "feeds": self.feeds, "deadline": self.deadline, "poll_seconds": self.poll_seconds}

    @abstractmethod
    def look(self) -> str:
        """One look, in a thread: what is still missing, or "" when nothing is. Raises TopicError or StoreError when nobody answers."""

    def look_once(self) -> str:
        """Like look, but a broker or a store that does not answer is what is missing."""
        try:
            return self.look()
        except (TopicError, StoreError) as error:
            return str(error)

    def event(self) -> dict[str, Any]:
        """What the sensor gets to know when nothing is missing."""
        return {"done": True}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        reason = "nothing has answered yet"
        while (left := self.deadline - time.time()) > 0:
            before = reason
            try:
                reason = await asyncio.wait_for(asyncio.to_thread(self.look_once), timeout=left)
            except TimeoutError:
                if left > SLOW_SECONDS:
                    reason = f"no answer for {left:.0f} s; before that: {before}"
                break
            if not reason:
                yield TriggerEvent(self.event())
                return
            if reason != before:
                self.log.info("Waiting: %s", reason)
            await asyncio.sleep(min(self.poll_seconds, max(0.0, self.deadline - time.time())))
        yield TriggerEvent({"done": False, "reason": reason})


def system_contracts(system: str) -> tuple[Contract, ...]:
    """The sound contracts of a system; raises ContractError when it has none, for then there would be nothing to wait for."""
    contracts = load_contracts()
    found = contracts.of_system(system)
    if not found:
        broken = "; ".join(map(str, contracts.broken))
        raise ContractError("every contract of the system is broken", where=system, value=broken, fix="mend what each of them says")
    return found


def chosen_contracts(system: str, feeds: Sequence[str]) -> tuple[Contract, ...]:
    """Those of the system that are for these feeds; all where none is named. Raises ContractError for a feed that has none there."""
    contracts = system_contracts(system)
    known = [contract.feed for contract in contracts]
    if lacking := [feed for feed in feeds if feed not in known]:
        fix = f"known: {', '.join(known)}"
        raise ContractError("the system has no such feed, or its contract is broken", where=system, value=", ".join(lacking), fix=fix)
    return tuple(contract for contract in contracts if not feeds or contract.feed in feeds)


def targets_now(system: str, feeds: Sequence[str] = ()) -> Targets:
    """The end offsets of the system's feeds, or of these of them, at this moment."""
    ends = end_offsets(KafkaSettings.from_environment(), chosen_contracts(system, feeds))
    return {feed: {str(number): end for number, end in numbers.items()} for feed, numbers in ends.items()}


def _missing(gaps: Mapping[int, int]) -> str:
    return ", ".join(f"partition {number} lacks {gap}" for number, gap in sorted(gaps.items()))


class TargetsTrigger(WaitTrigger):
    """Waits until Kafka says where its topics end."""

    targets: Targets

    def look(self) -> str:
        self.targets = targets_now(self.system, self.feeds)
        return ""

    def event(self) -> dict[str, Any]:
        return {"done": True, "targets": self.targets, "deadline": self.deadline}


class IntervalCompleteTrigger(WaitTrigger):
    """Waits until bronze has every record below the targets."""

    def __init__(self, *, targets: Targets, **more: Any) -> None:
        super().__init__(**more)
        self.targets = targets

    def arguments(self) -> dict[str, Any]:
        return {**super().arguments(), "targets": self.targets}

    def look(self) -> str:
        kafka, lake = KafkaSettings.from_environment(), LakeSettings.from_environment()
        wanted = [contract for feed, contract in self.contracts.items() if feed in self.targets]
        targets = {feed: {int(number): offset for number, offset in places.items()} for feed, places in self.targets.items()}
        gaps = {feed: progress.behind(targets[feed]) for feed, progress in feed_progress(kafka, lake, wanted).items()}
        return "; ".join(f"bronze.{feed}: {_missing(gap)}" for feed, gap in gaps.items() if gap)


class KafkaLagTrigger(WaitTrigger):
    """Waits until no feed has more unread records than its contract allows."""

    def look(self) -> str:
        kafka, lake = KafkaSettings.from_environment(), LakeSettings.from_environment()
        late = [
            f"{feed}: {progress.lag} records unread, its contract allows {self.contracts[feed].sla.lag_records}"
            for feed, progress in feed_progress(kafka, lake, self.contracts.values()).items()
            if progress.lag > self.contracts[feed].sla.lag_records
        ]
        return "; ".join(late)


class TableFreshnessTrigger(WaitTrigger):
    """Waits until the newest event of each bronze table is as young as its contract says, or the table holds all that Kafka has."""

    def look(self) -> str:
        kafka, lake = KafkaSettings.from_environment(), LakeSettings.from_environment()
        stale = []
        for feed, progress in feed_progress(kafka, lake, self.contracts.values()).items():
            contract = self.contracts[feed]
            allowed = contract.sla.freshness_seconds
            newest = newest_event_time(lake, contract.bronze)
            age = None if newest is None else (datetime.now(UTC) - newest).total_seconds()
            if (age is None or age > allowed) and progress.lag:
                found = "no event yet" if newest is None else f"newest event {newest:%Y-%m-%d %H:%M:%S} UTC"
                stale.append(f"{contract.bronze}: {found}, its contract allows {allowed:g} s, and {progress.lag} records are unread")
        return "; ".join(stale)
