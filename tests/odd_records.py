"""Records of any feed with the odd in them: values that readers like to differ over, and the largest and emptiest of each type."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from random import Random
from typing import Any

from include.contracts import Contract, Field
from jobs.produce.record import Record
from tests.jobs.common.test_fields import GOOD, IDS, NO_IDS, WRONG
from tests.jobs.common.test_times import NOT_TAKEN, TAKEN

ODD = [
    *[text for _, text, _ in GOOD], *[text for _, text in WRONG], *[text for text, _ in IDS], *NO_IDS,
    *[json.dumps(text) for text in (*TAKEN, *NOT_TAKEN)],
    "null", "12.0", "-0", "-0.0", "1200.0", "0.1e1", "9007199254740993.5", "123456789012345678901234567890123456789",
    "1e-7", "0.0000000000000000000000000000000000000001", "99999999999999999999999999999999999999",
    "0.5", "250.0000000001", "-60", "600", "100", "-273.15",
    '"\\u00e9"', '"\\ud83d\\ude00"', '"\\ud83d"', '"😀"', '"' + "x" * 250 + '"',
    "[null]", "[{}]", '[{"quantity": 0}]', '{"a": 1, "a": 2}', '["x", 1]',
]  # fmt: skip
LITERALS = [
    *("12", "12.0", "12e0", "12.5", "-0", "1e400", "-1e309", "1e18", "9223372036854775808", "2147483648", "-2147483649", "0.1"),
    *("1E-400", "123456789012345678901234567890123456789", "99999999999999.99995", "99999999999999.99994", "9007199254740993.5"),
    *("true", "null", '"12"', '""', '"x"', "[]", "{}", "[{}]", "[null, 3]"),
    *('"2026-11-20T10:00:00+18:01"', '"2026-11-20 10:00"', '"0001-01-01T00:00+01"'),
]
WHOLE = [b"", b" ", b"\xff", b"\xef\xbb\xbf{}", b"[]", b"{}", b"{} x", b"{", b'{"a":NaN}', b"{'a':1}", b'{"a":"\t"}', b"null", b"1"]
EXTREMES: dict[str, list[Any]] = {
    "int": [2**31 - 1, -(2**31), 0],
    "bigint": [2**63 - 1, -(2**63), 0],
    "double": [1.7e308, -1.7e308, 0.0],
    "string": ["x" * 10_000, "", "\x00"],
    "boolean": [True, False, None],
    "timestamp": ["9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z", "2026-11-20T12:00:00Z"],
}


def mutated(contract: Contract, sound: list[Record], random: Random) -> Iterator[bytes]:
    """The records, one of whose fields has another value, or none, or comes twice."""
    for record in sound:
        fields = {name: json.dumps(value) for name, value in json.loads(record.value or b"").items()}
        name = random.choice([field.name for field in contract.fields])
        change = random.random()
        if change < 0.8:
            fields[name] = random.choice(ODD)
        elif change < 0.9:
            fields.pop(name, None)
        written = [f"{json.dumps(key)}: {value}" for key, value in fields.items()]
        if change > 0.97:
            written.append(written[0])
        yield f"{{{', '.join(written)}}}".encode()


def with_literals(sound: bytes, count: int, random: Random) -> Iterator[bytes]:
    """The record, one to three of whose fields are something else, so many times."""
    good = {name: json.dumps(value) for name, value in json.loads(sound).items()}
    for _ in range(count):
        changes = {name: random.choice(LITERALS) for name in random.sample(sorted(good), min(len(good), random.randint(1, 3)))}
        yield ("{" + ",".join(f'"{name}":{text}' for name, text in {**good, **changes}.items()) + "}").encode()


def extreme(contract: Contract) -> Iterator[bytes]:
    """The largest of every field, the smallest, and so on; and each of these with one field of another kind."""
    choices = {field.name: [*_extremes(field), None] for field in contract.fields}
    same_place = [{name: values[place] for name, values in choices.items()} for place in range(4)]
    one_apart = [{**base, name: value} for base, name in product(same_place, choices) for value in choices[name]]
    yield from (json.dumps(record).encode() for record in (*same_place, *one_apart, {}))


def _extremes(field: Field) -> list[Any]:
    if field.items:
        # 150 elements for the sums to grow; the length of their texts adds nothing to those but 3 MB a record.
        members = {member.name: [each[:500] if isinstance(each, str) else each for each in _extremes(member)] for member in field.items}
        largest = [{name: values[place] for name, values in members.items()} for place in range(3)]
        return [largest * 50, [], [None, {}, *largest]]
    if field.spark_type.startswith("decimal"):
        digits, scale = map(int, field.spark_type[8:-1].split(","))
        largest = (10**digits - 1) / 10**scale if digits < 16 else 10 ** (digits - scale) - 1
        return [largest, -largest, 0]
    return EXTREMES[field.spark_type]
