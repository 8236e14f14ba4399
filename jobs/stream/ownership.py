"""Who writes a group's tables: whoever has its lease, and nobody of another grouping."""

from __future__ import annotations

from include.contracts import Contracts
from include.errors import LeaseHeld
from include.lease import Lease, acquire, read
from include.settings import LakeSettings
from include.streams.groups import overlapping_groups


def take_group(name: str, contracts: Contracts, lake: LakeSettings) -> Lease:
    """The group's lease, which is renewed until it is released. Raises LeaseHeld while somebody else has it, or while a driver of
    another grouping runs: the two would write the same tables."""
    lease = acquire(lake, f"stream-{name}")
    lease.keep()
    try:
        _refuse_overlap(name, contracts, lake)
    except BaseException:
        lease.release()
        raise
    return lease


def _refuse_overlap(name: str, contracts: Contracts, lake: LakeSettings) -> None:
    """Asked with one's own lease in hand, so that of two which start at once at least one sees the other."""
    for other in overlapping_groups(name, contracts):
        lease = f"stream-{other}"
        while (record := read(lake, lease)) is not None and not record.released:
            try:
                acquire(lake, lease).release()
            except LeaseHeld:
                again = read(lake, lease)
                if again is not None and again.owner == record.owner:
                    raise  # it is renewed; with another owner, one that asks the same was faster, and gives it back
