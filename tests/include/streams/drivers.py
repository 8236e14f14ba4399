"""Drivers as the controller sees them: leases on a store of the test's own. The launcher only says which of them live."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from include import objects
from include.lease import Holder, LeaseRecord
from include.settings import LakeSettings
from include.streams import state
from include.streams.memory import Memory, Sighting
from include.streams.state import Desired, StreamStatus

HERE = Holder("here", 7, "born here")
ELSEWHERE = Holder("elsewhere", 8, "born there")


@dataclass
class Drivers:
    """A launcher: the processes of this host that live, and what was done to them. Those of other hosts it cannot see."""

    lake: LakeSettings
    living: set[Holder] = field(default_factory=set)
    slow: bool = False  # they take their lease later
    started: list[str] = field(default_factory=list)
    killed: list[Holder] = field(default_factory=list)

    def start(self, group: str) -> Holder:
        holder = Holder("here", 100 + len(self.started), group)
        self.started.append(group)
        self.living.add(holder)
        if not self.slow:
            hold(self.lake, group, holder)
        return holder

    def alive(self, holder: Holder) -> bool | None:
        return holder in self.living if holder.host == "here" and holder.birth else None

    def kill(self, holder: Holder) -> bool:
        if not self.alive(holder):
            return False
        self.living.discard(holder)
        self.killed.append(holder)
        return True

    def log_tail(self, group: str, lines: int) -> str:
        return "its last words"

    def bound_log(self, group: str) -> None:
        """It has none."""


def hold(lake: LakeSettings, group: str, holder: Holder, renewals: int = 0, released: bool = False) -> None:
    """The lease, in the holder's hand."""
    record = LeaseRecord(f"{holder.pid} {holder.birth}", holder, epoch=3, renewals=renewals, released=released)
    objects.write(lake, f"leases/stream-{group}.json", asdict(record))


def publish(lake: LakeSettings, group: str, holder: Holder, started_ago: float = 1000, heard_ago: float = 1, **more: Any) -> None:
    """The holder's word of itself."""
    now, owner = time.time(), f"{holder.pid} {holder.birth}"
    times = now - started_ago, now - heard_ago
    state.publish_actual(lake, StreamStatus(group, owner, 3, holder.host, holder.pid, "running", *times, "driver", **more))


def ask(lake: LakeSettings, group: str, **wish) -> None:
    objects.write(lake, f"streams/{group}/desired.json", asdict(Desired(**wish)))


def saw(lake: LakeSettings, group: str, holder: Holder, seconds_ago: float, renewals: int = 0) -> None:
    """An earlier minute's note of the lease."""
    at = time.time() - seconds_ago
    Memory(sighting=Sighting(f"{holder.pid} {holder.birth}", renewals, at, at)).write(lake, group)


def remember_starts(lake: LakeSettings, group: str, *seconds_ago: float) -> None:
    replace(Memory.read(lake, group), starts=tuple(time.time() - age for age in seconds_ago)).write(lake, group)
