"""Compares what should run with what runs, and does the one thing that brings them closer.

Each call is short and may be repeated, interrupted or doubled at will: a driver is known by its group's lease, and a second
one refuses to run. What the controller remembers is an object on the lake.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from include import lease as leases
from include.errors import StreamError
from include.lease import Holder, LeaseRecord
from include.settings import LakeSettings
from include.streams import state
from include.streams.launcher import Launcher
from include.streams.memory import Memory

Action = Literal["started", "running", "starting", "draining", "stopped", "waiting", "killed", "ended"]

START_SECONDS = 120.0  # a driver without a lease for longer is not going to get one
SILENT_SECONDS = 90.0  # a driver that published nothing for longer hangs
CLOCKS_APART_SECONDS = 60.0  # and longer by this where it says when by the clock of another host
FIRST_WORD_SECONDS = 300.0  # and one that never did: it speaks when its Spark session is up, on a busy machine after minutes
DRAIN_SECONDS = 120.0  # a driver that was asked to end and still runs after this is killed
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
class Situation:
    """All that a decision rests on."""

    now: float
    desired: state.Desired
    lease: LeaseRecord | None
    status: state.StreamStatus | None  # the lease's holder's own word
    memory: Memory
    holder_alive: bool  # the lease is held, and its process runs or, where that cannot be seen, renews it
    starting: bool  # our last start runs and has no lease yet
    recent_starts: tuple[float, ...] = ()
    elsewhere: bool = False  # the holder's process cannot be seen from here: it is on another host

    @property
    def driver(self) -> str:
        assert self.lease is not None
        return f"pid {self.lease.holder.pid} on {self.lease.holder.host}, epoch {self.lease.epoch}"

    @property
    def first_seen(self) -> float:
        """When we first saw the holder with the lease."""
        return self.now if self.memory.since is None else self.memory.since

    @property
    def silent_seconds(self) -> float:
        """Since the holder last published, or since it was started or first seen if it has not yet."""
        heard = self.status.published_at if self.status else 0.0
        return self.now - max(heard, self.first_seen, self.memory.starts[-1] if self.memory.starts else 0.0)

    @property
    def may_be_silent_seconds(self) -> float:
        """How long without a word it is not taken to hang."""
        if self.status is None:
            return FIRST_WORD_SECONDS
        return SILENT_SECONDS + (CLOCKS_APART_SECONDS if self.elsewhere else 0.0)

    @property
    def restart_is_due(self) -> bool:
        """Whether a restart was asked for after the holder had started."""
        return state.restart_is_due(self.desired, self.status) if self.status else self.desired.restart_requested_at > self.first_seen

    @property
    def asked_to_end_at(self) -> float | None:
        """Since when the holder knows, or should know, that it is to end; None when it may go on.

        A drain that somebody started by hand after the group had been stopped is not what was stopped.
        """
        by_hand = self.status is not None and self.status.once and state.knew(self.desired, self.status)
        if self.desired.state == "stopped" and not by_hand:
            return max(self.desired.requested_at, self.first_seen)
        return self.desired.restart_requested_at if self.restart_is_due else None


def look(lake: LakeSettings, group: str, launcher: Launcher) -> Situation:
    """Reads desired state, lease, published state and our own notes, and notes what it saw of the lease."""
    lease, memory, now = leases.read(lake, f"stream-{group}"), Memory.read(lake, group), time.time()
    desired, status = state.read_desired(lake, group), state.read_actual(lake, group)
    held, elsewhere = lease is not None and not lease.released, False
    if lease is not None and held:
        alive, noted = launcher.alive(lease.holder), memory.saw(lease, now)
        # Of a process that can be seen it is enough to know since when; of another each renewal counts.
        if alive is None or noted.since != memory.since:
            memory = noted
            memory.write(lake, group)
        held, elsewhere = (noted.renewed(now), True) if alive is None else (alive, False)
    since = max(now - CRASH_WINDOW_SECONDS, desired.requested_at)
    return Situation(
        now,
        desired,
        lease,
        status if status and lease and status.owner == lease.owner else None,
        memory,
        held,
        not held and _is_starting(launcher, lease, memory, now),
        tuple(at for at in memory.starts if at >= since),
        elsewhere,
    )


def _is_starting(launcher: Launcher, lease: LeaseRecord | None, memory: Memory, now: float) -> bool:
    if memory.last is None:
        return False
    alive = launcher.alive(memory.last)
    if alive is None:  # on another host: it may be starting until it has had its lease or its time
        return now - memory.starts[-1] < START_SECONDS and (lease is None or lease.holder != memory.last)
    return alive


def reconcile(lake: LakeSettings, group: str, launcher: Launcher, overlapping: Sequence[str] = ()) -> Outcome:
    """One step towards the desired state. Raises StreamError when the group dies as often as it is started.

    `overlapping` are the groups of another grouping that share feeds with this one: while a driver of theirs runs it is asked to
    drain, and none is started here.
    """
    others = [outcome for name in overlapping if (outcome := retire(lake, name, launcher))]
    seen = look(lake, group, launcher)
    if seen.holder_alive:
        outcome = _with_driver(lake, group, launcher, seen)
    elif seen.starting:
        outcome = _with_newborn(group, launcher, seen)
    elif seen.desired.state == "stopped":
        outcome = Outcome(group, "stopped")
    elif others:
        outcome = Outcome(group, "waiting", "for the end of a driver that has the same feeds")
    else:
        outcome = _without_driver(lake, group, launcher, seen)
    return replace(outcome, detail="; ".join(filter(None, (outcome.detail, *map(str, others)))))


def retire(lake: LakeSettings, group: str, launcher: Launcher) -> Outcome | None:
    """One step towards the end of the driver of a group that is not configured today; None when there is no driver.

    It is asked to restart and nobody starts it: were it asked to stop, the group would stay down when it is configured again.
    """
    lease = leases.read(lake, f"stream-{group}")
    if lease is None or lease.released:
        return None
    seen = look(lake, group, launcher)
    if seen.holder_alive and seen.asked_to_end_at is None:
        state.set_desired(lake, group, seen.desired.state, restart=True)
        return Outcome(group, "draining", f"{seen.driver}, no group of today's settings")
    if seen.holder_alive:
        return _with_driver(lake, group, launcher, seen)
    return _with_newborn(group, launcher, seen) if seen.starting else None


def _with_driver(lake: LakeSettings, group: str, launcher: Launcher, seen: Situation) -> Outcome:
    assert seen.lease is not None
    holder, asked_at = seen.lease.holder, seen.asked_to_end_at
    if asked_at is not None:
        if seen.now - asked_at < DRAIN_SECONDS:
            return Outcome(group, "draining", seen.driver)
        wish = "stop" if seen.desired.state == "stopped" else "make room for a fresh one"
        return _end(group, launcher, holder, f"{seen.driver} was asked to {wish} {seen.now - asked_at:.0f} s ago")
    if seen.silent_seconds > seen.may_be_silent_seconds:
        return _end(group, launcher, holder, f"{seen.driver} has said nothing for {seen.silent_seconds:.0f} s")
    _forgive(lake, group, seen)
    return Outcome(group, "running", seen.driver)


def _end(group: str, launcher: Launcher, holder: Holder, why: str) -> Outcome:
    """Kills a driver. Raises StreamError when it runs where the launcher cannot reach it."""
    if launcher.kill(holder):
        return Outcome(group, "killed", why)
    if launcher.alive(holder) is False:
        return Outcome(group, "ended", f"{why}, and ended by itself")
    raise StreamError(
        "the driver hangs, and cannot be ended from here",
        where=f"stream group {group}",
        value=why,
        fix=f"end the process {holder.pid} on the host {holder.host}; what follows is done by the next minute",
    )


def _forgive(lake: LakeSettings, group: str, seen: Situation) -> None:
    """Forgets earlier starts once a driver has run well for a while."""
    if len(seen.memory.starts) > 1 and seen.now - seen.memory.starts[-1] > GOOD_RUN_SECONDS:
        replace(seen.memory, starts=seen.memory.starts[-1:]).write(lake, group)


def _with_newborn(group: str, launcher: Launcher, seen: Situation) -> Outcome:
    assert seen.memory.last is not None
    age = seen.now - seen.memory.starts[-1]
    if age < START_SECONDS:
        return Outcome(group, "starting", f"pid {seen.memory.last.pid}, {age:.0f} s old")
    return _end(group, launcher, seen.memory.last, f"pid {seen.memory.last.pid} had no lease after {age:.0f} s")


def _without_driver(lake: LakeSettings, group: str, launcher: Launcher, seen: Situation) -> Outcome:
    crashes, gave_up_at = len(seen.recent_starts), seen.memory.gave_up_at_request
    if crashes >= CRASH_LIMIT or gave_up_at == seen.desired.requested_at:
        # Noted, as the starts are too old to count before anybody has come: only a newer request takes it back.
        if gave_up_at != seen.desired.requested_at:
            replace(seen.memory, gave_up_at_request=seen.desired.requested_at).write(lake, group)
        raise StreamError(
            f"the driver died {CRASH_LIMIT} times within {CRASH_WINDOW_SECONDS / 60:.0f} minutes and is not started again by itself",
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
    Memory((*seen.recent_starts, time.time()), holder, seen.memory.sighting).write(lake, group)
    until = time.monotonic() + WATCH_START_SECONDS
    while time.monotonic() < until:
        record = leases.read(lake, f"stream-{group}")
        if record is not None and not record.released and record.holder == holder:
            return Outcome(group, "started", f"pid {holder.pid}, epoch {record.epoch}")
        if launcher.alive(holder) is False:
            raise StreamError(
                "the driver ended right after its start",
                where=f"stream group {group}",
                value=launcher.log_tail(group, 15),
                fix="see the end of its log above; it is started again, later each time",
            )
        time.sleep(0.5)
    return Outcome(group, "starting", f"pid {holder.pid}")
