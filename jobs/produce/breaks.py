"""Records that break their contract, one rule each. The rules are the contract's own: a new feed's are broken as well as any other's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

from include.contracts import Contract, Field, Rule
from include.contracts.verdict import RecordCheck
from include.times import instant
from jobs.produce.record import to_json

Fields = dict[str, Any]
Break = Callable[[Random, Fields], Fields | None]  # the record broken, or None where this one cannot be broken so

_TRIES = 12
_WRONG: dict[str, tuple[Any, ...]] = {
    "string": (True, ["a", "list"], {"an": "object"}),
    "timestamp": ("yesterday", "2026-13-01T00:00:00Z", 1_790_000_000),
    "boolean": ("yes", 1),
}
_WRONG_NUMBERS = ("n/a", "12", True, [1])
_WRONG_ARRAYS = ("none", {}, 3)


class Breaker:
    """Breaks the records of one feed, each way equally often."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._check = RecordCheck(contract)
        self.ways: dict[str, Break] = {}  # by the reason that it gives
        for field in contract.fields:
            self.ways |= {f"{rule}:{field.name}": way for rule, way in _of_field(field)}
            for member in field.items:
                name = f"{field.name}[].{member.name}"
                self.ways |= {f"{rule}:{name}": partial(_in_element, field.name, way) for rule, way in _of_field(member)}
        self.ways |= {f"rule:{rule.name}": partial(self._break_rule, rule) for rule in contract.rules}

    def break_one(self, random: Random, value: bytes) -> bytes:
        """The record with one rule broken; others may be broken with it. It decodes as it did."""
        record = json.loads(value)
        reasons = list(self.ways)
        random.shuffle(reasons)
        found = next(filter(None, (self.ways[reason](random, deepcopy(record)) for reason in reasons)))
        return to_json(found)

    def _break_rule(self, rule: Rule, random: Random, record: Fields) -> Fields | None:
        """Changes one value that the rule looks at, until it is broken: best by that alone."""
        reason, used = f"rule:{rule.name}", self._check.rules.fields_of(rule)
        tries = [deepcopy(record) for _ in range(_TRIES)]
        changed = [each for each in tries if _change(random, each, self.contract.fields, used)]
        reasons = [list(verdict.reasons) for verdict in self._check.judge_all([to_json(each) for each in changed])]
        alone = [each for each, found in zip(changed, reasons, strict=True) if found == [reason]]
        among = [each for each, found in zip(changed, reasons, strict=True) if reason in found]
        return next(iter([*alone, *among]), None)


def _of_field(field: Field) -> Iterator[tuple[str, Break]]:
    """Rule and how to break it, for each rule of the field."""
    name = field.name
    if field.required:
        yield "required", partial(_without, name)
    yield "type", partial(_with_one_of, name, _wrong(field))
    for rule, beyond in _beyond(field):
        yield rule, partial(_with_one_of, name, (beyond,))
    if field.min_length:
        yield "min_length", partial(_shorter, field)
    if field.max_length is not None:
        yield "max_length", partial(_longer, field)
    if field.valid_values:
        yield "valid_values", partial(_with_one_of, name, ("unheard of", field.valid_values[0].upper() + "?", ""))


def _without(name: str, random: Random, record: Fields) -> Fields:
    return {**record, name: None} if random.random() < 0.5 else {key: value for key, value in record.items() if key != name}


def _with_one_of(name: str, values: tuple[Any, ...], random: Random, record: Fields) -> Fields:
    return {**record, name: random.choice(values)}


def _shorter(field: Field, _: Random, record: Fields) -> Fields | None:
    value = record.get(field.name)
    return None if value is None else {**record, field.name: value[: (field.min_length or 1) - 1]}


def _longer(field: Field, _: Random, record: Fields) -> Fields | None:
    value, least = record.get(field.name), (field.max_length or 0) + 1
    return {**record, field.name: (value * least)[:least]} if value else None


def _in_element(array: str, way: Break, random: Random, record: Fields) -> Fields | None:
    place = random.randrange(len(record.get(array) or [None]))
    changed = way(random, record[array][place]) if record.get(array) else None
    return None if changed is None else {**record, array: [*record[array][:place], changed, *record[array][place + 1 :]]}


def _wrong(field: Field) -> tuple[Any, ...]:
    return _WRONG_ARRAYS if field.items else _WRONG.get(field.spark_type, _WRONG_NUMBERS)


def _beyond(field: Field) -> Iterator[tuple[str, int | float]]:
    """Each bound's rule, and a value just outside it."""
    if field.minimum is not None:
        yield "minimum", _plain(field.minimum - 1)
    if field.maximum is not None:
        yield "maximum", _plain(field.maximum + 1)
    if field.exclusive_minimum is not None:
        yield "exclusive_minimum", _plain(field.exclusive_minimum)
    if field.exclusive_maximum is not None:
        yield "exclusive_maximum", _plain(field.exclusive_maximum)


def _plain(number: Decimal) -> int | float:
    return int(number) if number == int(number) else float(number)


def _change(random: Random, record: Fields, fields: tuple[Field, ...], used: frozenset[str]) -> bool:
    """Changes one of the used fields of the record, or of one of its elements, in place; False where there was nothing to change."""
    fields = tuple(field for field in fields if field.name.lower() in used and record.get(field.name) is not None)
    if not fields:
        return False
    field = random.choice(fields)
    if field.items:
        return bool(record[field.name]) and _change(random, random.choice(record[field.name]), field.items, used)
    record[field.name] = random.choice(list(_others(field, record[field.name])))
    return True


def _others(field: Field, value: Any) -> Iterator[Any]:
    """Values of the field's type that the record might have had instead."""
    if field.spark_type == "boolean":
        yield not value
    elif field.spark_type == "timestamp":
        moment = instant(value)
        yield from (moment + timedelta(days=days) for days in (-400, -1, 1, 400)) if moment else ()
    elif field.spark_type == "string":
        yield from (*(field.valid_values or ("", value + "?")),)
    else:
        yield from (value + 1, 2 * value + 1, value - 1, -value - 1, 0)
    if not field.required:
        yield None
