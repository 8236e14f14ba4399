"""Lag judged by how it moves, as Burrow does, and not by a threshold: a backlog that is worked off is well, a small one that grows is not.

STOP: nobody reads, and records wait. REWIND: the table's offset went back. STALL: somebody reads, and the offset does not move.
WARN: it moves, and the backlog has not become smaller once. OK: anything else, and always where nothing waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

State = Literal["OK", "WARN", "STALL", "STOP", "REWIND"]  # the worst last
FEWEST = 3  # positions that show a movement


class Position(NamedTuple):
    """A partition at one moment: the next offset that bronze lacks, and the records that it lacks."""

    next_offset: int
    lag: int


def judge(window: Sequence[Position], *, alive: bool) -> State:
    """The partition's state by its last positions, oldest first; `alive`: a driver is at work on it."""
    if not window or not window[-1].lag:
        return "OK"
    if not alive:
        return "STOP"
    steps = list(pairwise(window))
    if any(after.next_offset < before.next_offset for before, after in steps):
        return "REWIND"
    if len(window) < FEWEST or not all(position.lag for position in window):
        return "OK"
    if window[-1].next_offset == window[0].next_offset:
        return "STALL"
    return "WARN" if all(after.lag >= before.lag for before, after in steps) else "OK"
