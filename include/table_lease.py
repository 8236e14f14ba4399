"""One Spark driver at a time writes a table: whoever has the table's lease. Whoever comes meanwhile waits.

Spark's log store for S3 looks whether a version of the table is there and then puts it, so that of two drivers one can overwrite the
other's commit. What delta-rs commits needs no lease where Spark does not write: it puts on the condition that there is no such version.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from include.declared_settings import Reader, read, setting
from include.errors import LeaseHeld, StoreError
from include.lease import Lease, acquire
from include.settings import LakeSettings

log = logging.getLogger(__name__)

# Whoever writes a table again and again gives its lease back for some milliseconds at a time: one who looks rarely would not see it.
LOOK_SECONDS = 0.1
TELL_EVERY_SECONDS = 30.0
# The table whose lease this thread has.
_writing: ContextVar[str | None] = ContextVar("_writing", default=None)


@dataclass(frozen=True)
class TableLeaseSettings:
    """How drivers of Spark wait for each other."""

    wait_seconds: float = setting(
        "HEADWATER_TABLE_WAIT_SECONDS",
        900.0,
        "so long a write by Spark waits while another writes the same table; then it fails and says who does",
        Reader.BATCH,
        unit="s",
        least=0,
        most=86400,
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> TableLeaseSettings:
        return read(cls, environment)


@contextmanager
def table_lease(lake: LakeSettings, address: str) -> Iterator[Lease]:
    """The lease of the table `<layer>.<name>`, renewed within and given back after.

    Waits while another has it, and then raises LeaseHeld with who it is; at once within the lease of a table, its own or another:
    it would wait for its own end, or somebody else for both. Who is ended from outside, by a time limit say, does not give
    it back: Spark may be at what was asked of it for a moment longer, and another has the lease after its term. Three requests to the
    store where nobody else wants it, and one more for each four seconds that it is held.
    """
    if (first := _writing.get()) is not None:
        fix = "write one table after the other"
        raise LeaseHeld("a thread that has the lease of one table takes no second", where=f"lease table-{address}", value=first, fix=fix)
    lease = _wait_for(lake, f"table-{address}", TableLeaseSettings.from_environment().wait_seconds)
    outside = _writing.set(address)
    try:
        lease.keep()
        yield lease
    except Exception:
        _give_back(lease, address)
        raise
    except BaseException:
        lease.leave()
        raise
    else:
        _give_back(lease, address)
    finally:
        _writing.reset(outside)


def _give_back(lease: Lease, address: str) -> None:
    """What was done, or failed, is so whether the store takes it or not; then whoever comes next waits for the lease's term."""
    try:
        lease.release()
    except StoreError as error:
        log.warning("the lease of %s could not be given back, and ends by itself after its term: %s", address, error)


def _wait_for(lake: LakeSettings, name: str, limit: float) -> Lease:
    began = time.monotonic()
    told_at = -TELL_EVERY_SECONDS
    while True:
        try:
            return acquire(lake, name, every=LOOK_SECONDS)
        except LeaseHeld as held:
            waited, who = time.monotonic() - began, held.value or "who took it at this moment"
            if waited >= limit:
                raise LeaseHeld(
                    f"the table is written by another driver of Spark; waited for it for {waited:.0f} s",
                    where=f"lease {name}",
                    value=who,
                    fix="see what that process is at, then clear the task; HEADWATER_TABLE_WAIT_SECONDS says how long a write waits",
                ) from held
            if waited - told_at >= TELL_EVERY_SECONDS:
                log.warning("lease %s is held by %s; waiting since %.0f s, at most for %.0f s", name, who, waited, limit)
                told_at = waited
