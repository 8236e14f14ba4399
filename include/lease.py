"""Who may write: a lease kept by conditional puts, without trusting anybody's clock.

The holder rewrites its lease object every few seconds. Somebody who wants it watches the object for a whole term by
his own monotonic clock and takes it, by a conditional put, only if it did not change. `epoch` grows with each taking.
"""

from __future__ import annotations

import os
import platform
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from include import objects
from include.errors import LeaseHeld, LeaseLost, StoreError
from include.process_identity import Process
from include.settings import LakeSettings

TERM_SECONDS = 15.0
RENEW_SECONDS = 4.0
LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Holder:
    """A process, so that another on the same host can see that it is dead."""

    host: str
    pid: int
    birth: str | None  # None in what an earlier version wrote: whether that process runs, its renewals alone can tell

    @classmethod
    def of(cls, pid: int) -> Holder:
        """A process of this host."""
        return cls(platform.node(), pid, Process.of(pid).birth)

    @classmethod
    def this_process(cls) -> Holder:
        return cls.of(os.getpid())

    @classmethod
    def from_value(cls, value: Mapping[str, Any]) -> Holder:
        return cls(value["host"], value["pid"], value.get("birth"))

    def is_alive(self) -> bool | None:
        """Whether the process runs; None when it cannot be seen from here. A recycled pid or a zombie is not it."""
        if self.birth is None or self.host != platform.node():
            return None
        return Process(self.pid, self.birth).alive()


@dataclass(frozen=True)
class LeaseRecord:
    """What the lease object says. `renewals` makes every renewal a change that a watcher sees."""

    owner: str
    holder: Holder
    epoch: int
    renewals: int = 0
    released: bool = False

    @classmethod
    def from_value(cls, value: Mapping[str, Any]) -> LeaseRecord:
        return cls(**{**value, "holder": Holder.from_value(value["holder"])})

    def __str__(self) -> str:
        """Who has it, and for how long: by its renewals, for the object holds no time."""
        return f"{self.holder.host} pid {self.holder.pid}, for about {self.renewals * RENEW_SECONDS:.0f} s"


def read(lake: LakeSettings, name: str) -> LeaseRecord | None:
    stored = objects.read(lake, f"leases/{name}.json")
    return None if stored is None else LeaseRecord.from_value(stored.value)


class Lease:
    """A lease that this process holds. `held()` is cheap and local: ask it before each commit."""

    def __init__(self, lake: LakeSettings, name: str, record: LeaseRecord, etag: str, term: float, asked_at: float) -> None:
        self._lake, self._name, self._record, self._etag, self._term = lake, name, record, etag, term
        self._renewed_at = asked_at  # not when the answer came: for others the term may have begun before
        self._lost: str | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def epoch(self) -> int:
        return self._record.epoch

    @property
    def owner(self) -> str:
        return self._record.owner

    @property
    def lost(self) -> str | None:
        """To whom, once a renewal has found it so."""
        return self._lost

    def held(self, margin: float = 0.0) -> bool:
        """Whether the last renewal is younger than the term, and stays so for `margin` seconds; False does not yet mean that somebody
        else has it."""
        return self._lost is None and time.monotonic() - self._renewed_at < self._term - margin

    def check(self) -> None:
        """Raises LeaseLost when somebody else has it."""
        if self._lost:
            raise LeaseLost(self._lost, where=f"lease {self._name}", fix="nothing: the new holder goes on where this one stopped")

    def renew(self) -> None:
        """One renewal. A renewal that the store did not answer is tried again by the next call."""
        asked_at = time.monotonic()
        renewed = replace(self._record, renewals=self._record.renewals + 1)
        etag = objects.replace(self._lake, f"leases/{self._name}.json", asdict(renewed), self._etag)
        if etag is None:
            stored = objects.read(self._lake, f"leases/{self._name}.json")
            found = None if stored is None else LeaseRecord.from_value(stored.value)
            # The reply to an earlier renewal may have been lost after it succeeded: then the object is still ours.
            if stored is None or found is None or found.owner != self._record.owner or found.released:
                self._lost = f"taken by {f'{found.holder.host} pid {found.holder.pid}' if found else 'nobody: the object is gone'}"
                self.check()
                return
            etag, renewed, asked_at = stored.etag, found, self._renewed_at
        self._record, self._etag, self._renewed_at = renewed, etag, asked_at

    def keep(self, every: float = RENEW_SECONDS) -> None:
        """Renews in a thread until released or lost; `check` says when it was lost."""

        def renew_for_ever() -> None:
            while not self._stop.wait(every):
                try:
                    self.renew()
                except StoreError:
                    continue  # held() turns False by itself after the term, and writing stops
                except LeaseLost:
                    return

        self._thread = threading.Thread(target=renew_for_ever, name=f"lease-{self._name}", daemon=True)
        self._thread.start()

    def leave(self) -> None:
        """Renews it no more, and does not give it back: whoever wants it waits for its term, while what was begun comes to its end."""
        self._stop.set()
        self._lost = "left by its holder, which was ended"

    def release(self) -> None:
        """Gives it back, so that the next one need not wait; does nothing when it is somebody else's."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=30)
        if self._lost is None:
            objects.replace(self._lake, f"leases/{self._name}.json", asdict(replace(self._record, released=True)), self._etag)


def _wait_for_end(lake: LakeSettings, name: str, stored: objects.Stored, term: float, every: float) -> objects.Stored:
    """Watches a held lease for a whole term. Raises LeaseHeld when its holder renews it."""
    record = LeaseRecord.from_value(stored.value)
    if record.released or record.holder.is_alive() is False:
        return stored
    until = time.monotonic() + term
    while time.monotonic() < until:
        time.sleep(every)
        now = objects.read(lake, f"leases/{name}.json")
        if now is None or LeaseRecord.from_value(now.value).released:
            return now or stored
        if now.etag != stored.etag:
            raise LeaseHeld(
                "another process writes here",
                where=f"lease {name}",
                value=str(record),
                fix="stop that one first (DAG `streams`, action stop), or leave it: one is enough",
            )
    return stored


def acquire(lake: LakeSettings, name: str, term: float = TERM_SECONDS, every: float = LOOK_SECONDS) -> Lease:
    """Takes the lease `name`, after a look every so many seconds. Raises LeaseHeld when somebody renews it, or took it first."""
    key = f"leases/{name}.json"
    stored = objects.read(lake, key)
    record = LeaseRecord(owner=str(uuid.uuid4()), holder=Holder.this_process(), epoch=1)
    if stored is not None:
        stored = _wait_for_end(lake, name, stored, term, every)
        record = replace(record, epoch=LeaseRecord.from_value(stored.value).epoch + 1)
    asked_at = time.monotonic()
    etag = objects.create(lake, key, asdict(record)) if stored is None else objects.replace(lake, key, asdict(record), stored.etag)
    if etag is None:
        raise LeaseHeld("another process was faster", where=f"lease {name}", fix="leave it: one is enough")
    return Lease(lake, name, record, etag, term, asked_at)
