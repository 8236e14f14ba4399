"""Records of any feed, from its contract alone: values of its types and within its bounds. A generator of its own makes a feed look
real; this one makes it flow on the day that its contract is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from functools import partial
from math import floor, log10
from random import Random

from include.contracts import Contract, Field
from include.contracts.verdict import RecordCheck
from jobs.produce.record import Message, to_json

_THINGS = 12  # that take turns: stations, customers, whatever has the key
_MISSING = 0.05  # share of the records without an optional field
_TRIES = 20  # to find a record that keeps the rules over several fields
_USUAL_WIDTH = Decimal(100)  # of a number with one bound or none

Value = Callable[[Random, datetime, int], object]  # of a field, at a time, in the record of that number


def generator(contract: Contract) -> Callable[[Random, Iterable[datetime]], Iterator[Message]]:
    """What makes the feed's messages, one for each time. Each keeps the contract's types, bounds and valid values, and its rules over
    several fields where chance meets them: a record that breaks one ends in quarantine, where it belongs."""
    return partial(_messages, contract)


def _messages(contract: Contract, random: Random, times: Iterable[datetime]) -> Iterator[Message]:
    prefix = random.randrange(10**6)  # so that what happens once has another name with each seed
    things = [_thing(contract, random, thing, prefix) for thing in range(_THINGS)]
    check = RecordCheck(contract)
    for number, when in enumerate(times):
        thing = number % _THINGS
        message = _message(contract, things[thing], random, when, number)
        if contract.rules and check.judge(to_json(message)).reasons:
            others = [_thing(contract, random, thing, prefix) for _ in range(_TRIES)]
            messages = [_message(contract, each, random, when, number) for each in others]
            verdicts = check.judge_all([to_json(each) for each in messages])
            place = next((place for place, verdict in enumerate(verdicts) if not verdict.reasons), -1)
            things[thing], message = others[place], messages[place]
        yield when, message


def _thing(contract: Contract, random: Random, thing: int, prefix: int) -> dict[str, Value]:
    return {field.name: _value(contract, field, random, thing, prefix) for field in contract.fields}


def _message(contract: Contract, thing: dict[str, Value], random: Random, when: datetime, number: int) -> dict[str, object]:
    given = [field for field in contract.fields if field.required or random.random() >= _MISSING]
    return {field.name: thing[field.name](random, when, number) for field in given}


def _value(contract: Contract, field: Field, random: Random, thing: int, prefix: int) -> Value:
    """How a thing comes by the values of a field: its names stay, its numbers stay near a level of their own."""
    happens_once = field.name in contract.identity and contract.event_time_field not in contract.identity
    if happens_once and field.spark_type in ("int", "bigint"):
        first = int(_bounds(field)[0]) + 1 + (prefix * 10**9 if field.spark_type == "bigint" and field.maximum is None else 0)
        return lambda _random, _when, number: first + number
    if happens_once and field.spark_type == "string":
        return lambda _random, _when, number: _name(field, f"{prefix:06d}-{number:06d}")
    if field.spark_type == "string" and not field.valid_values:
        which = thing if field.name == contract.key_field or field.name in contract.identity else random.randrange(_THINGS // 2)
        name = _name(field, f"{which + 1:02d}")
        return lambda _random, _when, _number: name
    return _any_value(field, random)


def _any_value(field: Field, random: Random) -> Value:
    if field.items:
        return lambda random, when, number: [_element(field, random, when, number) for _ in range(_length(field, random))]
    if field.valid_values:
        return lambda random, _when, _number: random.choice(field.valid_values)
    if field.spark_type == "timestamp":
        return lambda _random, when, _number: when
    if field.spark_type == "boolean":
        return lambda random, _when, _number: random.random() < 0.5
    if field.spark_type == "string":
        return lambda random, _when, _number: _name(field, f"{random.randrange(_THINGS) + 1:02d}")
    low, high = _bounds(field)
    level = random.uniform(0.25, 0.75)
    return lambda random, _when, _number: _number_near(field, low, high, random.gauss(level, 0.08))


def _element(field: Field, random: Random, when: datetime, number: int) -> dict[str, object]:
    return {each.name: _any_value(each, random)(random, when, number) for each in field.items}


def _length(field: Field, random: Random) -> int:
    least = max(1, field.min_length or 0)
    return random.randint(least, min(least + 2, field.max_length or least + 2))


def _name(field: Field, number: str) -> str:
    """station_id, 07 → station-07; the number stays whole for as long as the longest name allows."""
    text = f"{field.name.lower().removesuffix('_id')}-{number}".rjust(field.min_length or 0, "x")
    return text if field.max_length is None else text[-field.max_length :]


def _bounds(field: Field) -> tuple[Decimal, Decimal]:
    low = field.minimum if field.minimum is not None else field.exclusive_minimum
    high = field.maximum if field.maximum is not None else field.exclusive_maximum
    if low is None:
        low = Decimal(0) if high is None else high - _USUAL_WIDTH
    return low, low + _USUAL_WIDTH if high is None else high


def _number_near(field: Field, low: Decimal, high: Decimal, share: float) -> int | float:
    """The number that lies so far between the bounds, with about three digits; a bound that is itself too much is left out."""
    width = high - low
    exact = low + width * Decimal(min(max(share, 0.01), 0.99))
    digits = max(1, 2 - floor(log10(width))) if width else 0
    if field.spark_type.startswith("decimal"):
        digits = min(digits, int(field.spark_type.rstrip(")").rpartition(",")[2]))
    if field.spark_type in ("int", "bigint"):
        digits = 0
    step = Decimal(1).scaleb(-digits)
    value = exact.quantize(step)
    if value < low or value == field.exclusive_minimum:
        value += step
    if value > high or value == field.exclusive_maximum:
        value -= step
    return int(value) if digits == 0 else float(value)
