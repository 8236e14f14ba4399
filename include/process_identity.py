"""What names one process for good: its pid and its birth, so that a recycled pid is nobody we know."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psutil

_NEVER = "dead at birth"


@dataclass(frozen=True)
class Process:
    """A process of this machine and its birth: the same pid with another birth is another process."""

    pid: int
    birth: str

    @classmethod
    def of(cls, pid: int) -> Process:
        """The process that has this pid now; one that is not alive when there is none."""
        return cls(pid, birth_of(pid) or _NEVER)

    def alive(self) -> bool:
        return birth_of(self.pid) == self.birth

    def same_boot(self) -> bool:
        """Whether the machine has not been started anew since the process was."""
        boot, _, tick = self.birth.partition("/")
        return not tick or boot == _boot()


def birth_of(pid: int) -> str | None:
    """What tells this process from an earlier one with the same pid; None when there is none, or only its zombie.

    On Linux it is boot and clock tick, which a change of the wall clock does not move; psutil's creation time does move.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        if fields[0] in "ZX":
            return None
        return f"{_boot()}/{fields[19]}"
    except (ProcessLookupError, FileNotFoundError):
        if Path("/proc/self/stat").exists():
            return None
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except psutil.NoSuchProcess:
        return None


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
