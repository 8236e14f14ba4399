"""A day's rows record by record: bronze against the tables that share them out. Which are in none, in two, or of no row of bronze."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyroaring import BitMap64

from jobs.audit.log import Place
from jobs.audit.offsets import Rows, Where, together, told

MOST_FINDINGS = 5
Held = Mapping[Where, Rows]


@dataclass(frozen=True)
class Shares:
    """`lacking`: records that bronze has of the day, and no table. `given_up`: the other way round, since the day went, as declared.
    `wrong`: which are in two tables, or in one and neither in bronze nor given up."""

    lacking: int
    given_up: int
    findings: tuple[str, ...]
    wrong: bool

    def __str__(self) -> str:
        more = len(self.findings) - MOST_FINDINGS
        return "; ".join(self.findings[:MOST_FINDINGS]) + (f"; and {more} more" if more > 0 else "")


def compare(bronze: Held, sides: Mapping[str, Held], went: Mapping[Place, BitMap64]) -> Shares | None:
    """None where some rows do not say which record they are of. `went`: offsets that bronze has declared to have gone with their days."""
    shared = together(sides.values())
    places = {*bronze, *shared}
    if any(None in where for where in places):
        return None
    lacking = given_up = 0
    findings, wrong = [], False
    for where in sorted(places, key=str):
        mine, there = bronze.get(where, Rows()), shared.get(where, Rows())
        of_none, strange = mine.offsets - there.offsets, there.offsets - mine.offsets
        gone = strange & went.get(where, BitMap64())  # type: ignore[call-overload]
        listed = [
            (there.doubled - mine.doubled, "more than once in {}"),
            (strange - gone, "in {}, and not in bronze"),
        ]
        faults = [f"{_named(offsets, where)} {what.format(_of(sides, where, offsets))}" for offsets, what in listed if offsets]
        findings += ([f"{_named(of_none, where)} in none of them"] if of_none else []) + faults
        wrong |= bool(faults)
        lacking, given_up = lacking + len(of_none), given_up + len(gone)
    return Shares(lacking, given_up, tuple(findings), wrong)


def _of(sides: Mapping[str, Held], where: Where, offsets: BitMap64) -> str:
    return ", ".join(side for side, held in sides.items() if where in held and not held[where].offsets.isdisjoint(offsets))


def _named(offsets: BitMap64, where: Where) -> str:
    return f"{told(offsets)} of partition {where[1]} of topic id {where[0]}"
