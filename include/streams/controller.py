"""Compares what should run with what runs, and does the one thing that brings them closer.

Each call is short and may be repeated, interrupted or doubled at will: a driver is known by its group's lease, and a second
one refuses to run. What the controller remembers (its starts) is an object on the lake.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

from include import lease as leases
from include import objects
from include.errors import StreamError
from include.lease import Holder, LeaseRecord
from include.settings import LakeSettings
from include.streams import state
from include.streams.launcher import Launcher

Action = Literal["started", "running", "starting", "draining", "stopped", "waiting", "killed"]

START_SECONDS = 120.0  # a driver without a lease for longer is not going to get one
SILENT_SECONDS = 90.0  # a driver that published nothing for longer hangs
DRAIN_SECONDS = 120.0  # a driver that was asked to stop and still runs after this is ended
CRASH_WINDOW_SECONDS = 900.0
CRASH_LIMIT = 5  # starts within the window, without a good run between them
GOOD_RUN_SECONDS = 300.0
WATCH_START_SECONDS = 20.0


@dataclass(frozen=True)
class Outcome:
    """What one call found and did."""

    group: str
    action: Action
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.group}: {self.action}" + (f" ({self.detail})" if self.detail else "")


@dataclass(frozen=True)
class Memory:
    """The controller's own notes: when it started drivers, and which process the last one is."""

    starts: tuple[float, ...] = ()
    last: Holder | None = None

    @classmethod
    def read(cls, lake: LakeSettings, group: str) -> Memory:
        stored = objects.read(lake, f"streams/{group}/controller.json")
        if stored is None:
            return cls()
        last = stored.value["last"]
        return cls(tuple(stored.value["starts"]), Holder(**last) if last else None)

    def write(self, lake: LakeSettings, group: str) -> None:
        objects.write(lake, f"streams/{group}/controller.json", asdict(self))


@dataclass(frozen=True)
class Situation:
    """All that a decision rests on."""

    now: float
    desired: state.Desired
    lease: LeaseRecord | None
    status: state.StreamStatus | None
    memory: Memory
    holder_alive: bool  # the lease is held, and its process runs
    starting: bool  # our last start runs and has no lease yet
    recent_starts: tuple[float, ...] = field(default=())

    @property
    def silent_seconds(self) -> float:
        """Since the holder last published, or since it was started if it has not yet."""
        assert self.lease is not None
        heard = self.status.published_at if self.status and self.status.owner == self.lease.owner else 0.0
        return self.now - max(heard, self.memory.starts[-1] if self.memory.starts else 0.0)


def look(lake: LakeSettings, group: str, launcher: Launcher) -> Situation:
    """Reads desired state, lease, published state and our own notes."""
    lease, memory, now = leases.read(lake, f"stream-{group}"), Memory.read(lake, group), time.time()
    desired = state.read_desired(lake, group)
    held = lease is not None and not lease.released and launcher.alive(lease.holder)
    starting = not held and memory.last is not None and launcher.alive(memory.last) and memory.last.is_here()
    since = max(now - CRASH_WINDOW_SECONDS, desired.requested_at)
    return Situation(
        now, desired, lease, state.read_actual(lake, group), memory, held, starting, tuple(at for at in memory.starts if at >= since)
    )


def reconcile(lake: LakeSettings, group: str, launcher: Launcher) -> Outcome:
    """One step towards the desired state. Raises StreamError when the group dies as often as it is started."""
    seen = look(lake, group, launcher)
    if seen.holder_alive:
        return _with_driver(lake, group, launcher, seen)
    if seen.starting:
        return _with_newborn(group, launcher, seen)
    if seen.desired.state == "stopped":
        return Outcome(group, "stopped")
    return _without_driver(lake, group, launcher, seen)


def _with_driver(lake: LakeSettings, group: str, launcher: Launcher, seen: Situation) -> Outcome:
    assert seen.lease is not None
    holder = seen.lease.holder
    who = f"pid {holder.pid} on {holder.host}, epoch {seen.lease.epoch}"
    if seen.desired.state == "stopped":
        if seen.now - seen.desired.requested_at < DRAIN_SECONDS:
            return Outcome(group, "draining", who)
        launcher.kill(holder)
        return Outcome(group, "killed", f"{who} was asked to stop {seen.now - seen.desired.requested_at:.0f} s ago")
    if seen.silent_seconds > SILENT_SECONDS:
        launcher.kill(holder)
        return Outcome(group, "killed", f"{who} has said nothing for {seen.silent_seconds:.0f} s; it is started again next")
    _forgive(lake, group, seen)
    return Outcome(group, "running", who)


def _forgive(lake: LakeSettings, group: str, seen: Situation) -> None:
    """Forgets earlier starts once a driver has run well for a while."""
    if len(seen.memory.starts) > 1 and seen.now - seen.memory.starts[-1] > GOOD_RUN_SECONDS:
        replace(seen.memory, starts=seen.memory.starts[-1:]).write(lake, group)


def _with_newborn(group: str, launcher: Launcher, seen: Situation) -> Outcome:
    assert seen.memory.last is not None
    age = seen.now - seen.memory.starts[-1]
    if age < START_SECONDS:
        return Outcome(group, "starting", f"pid {seen.memory.last.pid}, {age:.0f} s old")
    launcher.kill(seen.memory.last)
    return Outcome(group, "killed", f"pid {seen.memory.last.pid} had no lease after {age:.0f} s")


def _without_driver(lake: LakeSettings, group: str, launcher: Launcher, seen: Situation) -> Outcome:
    crashes = len(seen.recent_starts)
    if crashes >= CRASH_LIMIT:
        raise StreamError(
            f"the driver died {crashes} times within {CRASH_WINDOW_SECONDS / 60:.0f} minutes and is not started again by itself",
            where=f"stream group {group}",
            value=launcher.log_tail(group, 15),
            fix="mend the cause, then trigger the DAG `streams` with action start",
        )
    wait = 0.0 if crashes <= 1 else min(10.0 * 2 ** (crashes - 2), 120.0)
    if crashes and seen.now - seen.recent_starts[-1] < wait:
        return Outcome(group, "waiting", f"start {crashes + 1} of {CRASH_LIMIT} in {seen.recent_starts[-1] + wait - seen.now:.0f} s")
    return _start(lake, group, launcher, seen)


def _start(lake: LakeSettings, group: str, launcher: Launcher, seen: Situation) -> Outcome:
    holder = launcher.start(group)
    Memory((*seen.recent_starts, time.time()), holder).write(lake, group)
    until = time.monotonic() + WATCH_START_SECONDS
    while time.monotonic() < until:
        record = leases.read(lake, f"stream-{group}")
        if record is not None and not record.released and record.holder.pid == holder.pid and record.holder.is_here():
            return Outcome(group, "started", f"pid {holder.pid}, epoch {record.epoch}")
        if not launcher.alive(holder):
            raise StreamError(
                "the driver ended right after its start",
                where=f"stream group {group}",
                value=launcher.log_tail(group, 15),
                fix="see the end of its log above; it is started again, later each time",
            )
        time.sleep(0.5)
    return Outcome(group, "starting", f"pid {holder.pid}")
