"""What the controller remembers from one minute to the next: an object on the lake, as each minute may have another process."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from include import objects
from include.lease import TERM_SECONDS, Holder, LeaseRecord
from include.settings import LakeSettings

UNRENEWED_SECONDS = 2 * TERM_SECONDS  # a lease that did not change for longer has no living holder


@dataclass(frozen=True)
class Sighting:
    """A lease as it was seen: whose, since when, and when it was last seen to change."""

    owner: str
    renewals: int
    since: float
    changed_at: float

    def again(self, lease: LeaseRecord, now: float) -> Sighting:
        """With what is seen now. A clock that was set back does not make an old change a coming one."""
        if lease.owner != self.owner:
            return Sighting.first(lease, now)
        changed = lease.renewals != self.renewals or self.changed_at > now
        return replace(self, renewals=lease.renewals, changed_at=now) if changed else self

    @classmethod
    def first(cls, lease: LeaseRecord, now: float) -> Sighting:
        return cls(lease.owner, lease.renewals, now, now)


@dataclass(frozen=True)
class Memory:
    """The controller's own notes: when it started drivers, which process the last one is, and what it saw of the lease."""

    starts: tuple[float, ...] = ()
    last: Holder | None = None
    sighting: Sighting | None = None
    gave_up_at_request: float | None = None  # the driver kept dying under what was asked for at this time

    @classmethod
    def read(cls, lake: LakeSettings, group: str) -> Memory:
        stored = objects.read(lake, f"streams/{group}/controller.json")
        if stored is None:
            return cls()
        value = stored.value
        last, sighting = value.get("last"), value.get("sighting")
        return cls(
            tuple(value.get("starts", ())),
            Holder.from_value(last) if last else None,
            Sighting(**sighting) if sighting else None,
            value.get("gave_up_at_request"),
        )

    def write(self, lake: LakeSettings, group: str) -> None:
        objects.write(lake, f"streams/{group}/controller.json", asdict(self))

    @property
    def since(self) -> float | None:
        """When the lease was first seen with the owner that it had last."""
        return self.sighting.since if self.sighting else None

    def renewed(self, now: float) -> bool:
        """Whether the lease that was seen last is renewed, as far as one can know."""
        return self.sighting is not None and now - self.sighting.changed_at <= UNRENEWED_SECONDS

    def saw(self, lease: LeaseRecord, now: float) -> Memory:
        return replace(self, sighting=self.sighting.again(lease, now) if self.sighting else Sighting.first(lease, now))
