"""What goes wrong on the way, over a stream of sound records: sent twice, late, broken, undecodable, with a field too many.

Faults have their own random numbers: the records that none befalls are those that would come without any.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from heapq import heappop, heappush
from random import Random
from typing import Any

from include.contracts import Contract
from include.errors import SettingsError
from include.times import instant
from jobs.produce.breaks import Breaker
from jobs.produce.record import Record, to_json

LATE_BY_HOURS = 24.0
_MOST_HOURS = 87_600  # ten years
_LATER = 1000  # at most so many records lie between a record and its duplicate
_ADDED = ("firmware", "trace_id", "schema_hint", "debug")
_GARBAGE = (b"not json", b"<record/>", b"\x1f\x8b\x08\x00garbage", b'{"cut": ')


@dataclass(frozen=True)
class Faults:
    """Shares of the records, 0 to 1. Raises SettingsError for one that is none.

    `late` records have happened up to `late_by_hours` before the others. A duplicate comes on top of the count, at once or up to 1000
    records later. A record is broken or undecodable, never both; of those that decode, any may be late and have a field too many.
    """

    duplicates: float = 0.0
    late: float = 0.0
    broken: float = 0.0
    undecodable: float = 0.0
    unknown_fields: float = 0.0
    late_by_hours: float = LATE_BY_HOURS

    def __post_init__(self) -> None:
        for name in self.shares():
            if not 0 <= getattr(self, name) <= 1:
                raise SettingsError(
                    "this is no share of the records", where=_option(name), value=getattr(self, name), fix="0 to 1: 0.05 is one in twenty"
                )
        if self.broken + self.undecodable > 1:
            what, where = "together these are more than all records", f"{_option('broken')}, {_option('undecodable')}"
            raise SettingsError(what, where=where, value=self.broken + self.undecodable, fix="at most 1 together")
        if not 0 < self.late_by_hours <= _MOST_HOURS:
            fix = f"hours, above 0 and up to {_MOST_HOURS}"
            raise SettingsError("late by no time, or for ever", where=_option("late_by"), value=self.late_by_hours, fix=fix)

    @classmethod
    def shares(cls) -> list[str]:
        return [field.name for field in fields(cls) if field.name != "late_by_hours"]

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.shares())


def with_faults(records: Iterable[Record], contract: Contract, faults: Faults, seed: int) -> Iterator[Record]:
    """The records of the feed, and what befalls them. The same seed, records and faults give the same, byte for byte."""
    if not faults:
        return iter(records)

    def rolls(fault: str) -> Random:
        return Random(f"{seed} {contract.feed} {fault}")

    changed = _late(records, contract, faults, rolls("late"))
    changed = _with_unknown_fields(changed, contract, faults, rolls("unknown fields"))
    changed = _bad(changed, contract, faults, rolls("bad"), rolls("how bad"))
    return _twice(changed, faults.duplicates, rolls("duplicates"))


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _late(records: Iterable[Record], contract: Contract, faults: Faults, random: Random) -> Iterator[Record]:
    """Moves the event time back: the field of the contract, or the record's timestamp where the contract has none."""
    name = contract.event_time_field
    for record in records:
        if random.random() >= faults.late:
            yield record
            continue
        by = timedelta(seconds=random.uniform(0, 1) * faults.late_by_hours * 3600)
        if name is None:
            yield _faulty(record, "late", timestamp=record.timestamp and record.timestamp - by)
            continue
        message = json.loads(record.value or b"{}")
        happened = instant(message[name])
        yield _faulty(record, "late", value=to_json({**message, name: happened and happened - by}))


def _faulty(record: Record, fault: str, **changes: Any) -> Record:
    return replace(record, faults=(*record.faults, fault), **changes)


def _with_unknown_fields(records: Iterable[Record], contract: Contract, faults: Faults, random: Random) -> Iterator[Record]:
    known = {field.name.lower() for field in contract.fields}
    names = [name for name in _ADDED if name not in known]
    for record in records:
        if record.value and random.random() < faults.unknown_fields:
            added = random.choice(("v2", random.randrange(1000), {"nested": True}, None))
            yield _faulty(record, "unknown_fields", value=to_json({**json.loads(record.value), random.choice(names): added}))
        else:
            yield record


def _bad(records: Iterable[Record], contract: Contract, faults: Faults, which: Random, how: Random) -> Iterator[Record]:
    breaker = Breaker(contract)
    for record in records:
        roll = which.random()
        if record.value and roll < faults.broken:
            yield _faulty(record, "broken", value=breaker.break_one(how, record.value))
        elif record.value and roll >= 1 - faults.undecodable:
            # Of a field that was added nothing is left, nor of a time that is a field's.
            left = tuple(fault for fault in record.faults if fault == "late" and contract.event_time_field is None)
            yield _faulty(replace(record, faults=left), "undecodable", value=_garbled(how, record.value))
        else:
            yield record


def _garbled(random: Random, value: bytes) -> bytes:
    """Bytes that are no UTF-8, or no JSON: the record cut off or with a stray byte, or something else altogether."""
    place = random.randrange(1, len(value))
    return random.choice((value[:place], value[:place] + b"\xff" + value[place:], random.choice(_GARBAGE)))


def _twice(records: Iterable[Record], share: float, random: Random) -> Iterator[Record]:
    """Half of the duplicates follow at once, the others some records later."""
    waiting: list[tuple[int, int, Record]] = []
    for place, record in enumerate(records):
        yield record
        if random.random() < share:
            later = random.choice((0, random.randint(1, _LATER)))
            heappush(waiting, (place + later, place, _faulty(record, "duplicates")))
        while waiting and waiting[0][0] <= place:
            yield heappop(waiting)[2]
    while waiting:
        yield heappop(waiting)[2]
