"""ops.drift: what a feed's records have that its contract does not name, and values of another type than it says. No Spark.

Grain: a feed, day, field and type seen. A pure function of the day's bronze and the contract, replaced with each build of the day.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from include.contracts.model import Contract
from include.contracts.proposal import Seen
from include.json_shapes import element_members, members, word
from include.ops_lines import DayLines

SAMPLE_CHARACTERS = 120
_TIME = pa.timestamp("us", tz="UTC")
DRIFT = DayLines(
    "ops.drift",
    pa.schema(
        [
            ("feed", pa.string()),
            ("event_date", pa.date32()),
            ("field", pa.string()),  # a path: `total`, `items[].colour`
            ("type_seen", pa.string()),
            ("expected_type", pa.string()),  # null: the contract does not name the field
            ("first_topic_id", pa.string()),
            ("first_partition", pa.int32()),
            ("first_offset", pa.int64()),
            ("first_seen", _TIME),  # when the first of the records came into bronze, and the last
            ("last_seen", _TIME),
            ("count", pa.int64()),  # records
            ("sample", pa.string()),  # JSON of one value; null where its record is too large to look at
            ("contract_version", pa.string()),
        ]
    ),
    ("field", "type_seen"),
)
_KINDS = {str: ("string",), bool: ("boolean",), int: ("bigint", "decimal"), float: ("decimal", "double"), type(None): ("null",)}


@dataclass(frozen=True)
class Group:
    """Records of one shape (jobs/common/decode.py) whose fields have the same wrong types."""

    id: int
    shape: str
    wrong_types: tuple[str, ...]  # `type:total`, as the reasons have them
    rows: int
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True)
class Drifted:
    """A line of ops.drift as the groups tell it; `first_groups` are those that the first of its records may be of."""

    field: str
    type_seen: str
    expected_type: str | None
    rows: int
    first_seen: datetime
    last_seen: datetime
    first_groups: frozenset[int]


@dataclass(frozen=True, order=True)
class First:
    """The first record of a group, and its bytes unless they are too many."""

    topic_id: str
    partition: int
    offset: int
    value: bytes | None = field(compare=False, default=None)


def drifted(groups: Iterable[Group], contract: Contract) -> list[Drifted]:
    """What the groups have that the contract does not say, the most frequent first."""
    found: dict[tuple[str, str], Drifted] = {}
    for group in groups:
        for name, kind, expected in _in_group(group, contract):
            of_group = Drifted(name, kind, expected, group.rows, group.first_seen, group.last_seen, frozenset({group.id}))
            known = found.get((name, kind))
            found[name, kind] = _together(known, of_group) if known else of_group
    return sorted(found.values(), key=lambda each: (-each.rows, each.field, each.type_seen))


def _together(one: Drifted, other: Drifted) -> Drifted:
    first = min(one.first_seen, other.first_seen)
    return replace(
        one,
        rows=one.rows + other.rows,
        first_seen=first,
        last_seen=max(one.last_seen, other.last_seen),
        first_groups=frozenset().union(*(each.first_groups for each in (one, other) if each.first_seen == first)),
    )


def _in_group(group: Group, contract: Contract) -> Iterator[tuple[str, str, str | None]]:
    """Field, type seen, and type expected, each once."""
    seen = members(group.shape)
    types = _types(contract)
    names = {each.name for each in contract.fields}
    for name, kind in seen.items():
        if name not in names:
            yield name, word(kind), None
    for array in (each for each in contract.fields if each.items):
        of_contract = {member.name for member in array.items}
        inside = element_members(seen.get(array.name, ""))
        yield from ((f"{array.name}[].{name}", word(kind), None) for name, kind in inside.items() if name not in of_contract)
    for reason in group.wrong_types:
        path = reason.removeprefix("type:")
        yield path, word(_seen_at(path, seen)), types[path]


def _seen_at(path: str, seen: dict[str, str]) -> str:
    name, _, member = path.partition("[]")
    kind = seen.get(name, "VARIANT")
    if member:
        return element_members(kind).get(member.removeprefix("."), "VARIANT")
    return kind if path == name or not kind.startswith("ARRAY<") else kind[len("ARRAY<") : -1]


def _types(contract: Contract) -> dict[str, str]:
    """Path → type, of the fields and of what the elements of arrays have; `items[]`, an element itself, is an object."""
    arrays = [each for each in contract.fields if each.items]
    return {
        **{each.name: each.spark_type for each in contract.fields},
        **{f"{array.name}[]": "object" for array in arrays},
        **{f"{array.name}[].{member.name}": member.spark_type for array in arrays for member in array.items},
    }


def sample(value: bytes | None, path: str, type_seen: str) -> str | None:
    """The JSON of a value of that type at the field of the record, at most SAMPLE_CHARACTERS long; None where it has none, or one that
    Python does not read: too deep, or a number of too many digits."""
    try:
        record = {} if value is None else json.loads(value)
    except (ValueError, RecursionError):
        return None
    name, _, member = path.partition("[]")
    whole = path in record  # what looks like a path may be a field's name
    if not whole and name not in record:
        return None
    found: Any = record[path if whole else name]
    if not whole:
        elements = found if isinstance(found, list) else [found]
        key = member.removeprefix(".")
        values = [each[key] for each in elements if isinstance(each, dict) and key in each] if member else elements
        found = next((each for each in values if type_seen in _KINDS.get(type(each), ())), next(iter(values), None))
    text = json.dumps(found, ensure_ascii=False)
    return text if len(text) <= SAMPLE_CHARACTERS else text[: SAMPLE_CHARACTERS - 1] + "…"


def lines(found: Iterable[Drifted], firsts: Mapping[int, First], contract: Contract, day: date) -> pa.Table:
    """The day's lines of the table; `firsts` has the first record of each group that a line may begin with."""
    rows = []
    for each in found:
        first = min(firsts[group] for group in each.first_groups)
        row = {
            "feed": contract.feed,
            "event_date": day,
            "field": each.field,
            "type_seen": each.type_seen,
            "expected_type": each.expected_type,
            "first_topic_id": first.topic_id,
            "first_partition": first.partition,
            "first_offset": first.offset,
            "first_seen": each.first_seen,
            "last_seen": each.last_seen,
            "count": each.rows,
            "sample": sample(first.value, each.field, each.type_seen),
            "contract_version": contract.version,
        }
        rows.append(row)
    return pa.Table.from_pylist(rows, DRIFT.schema)


def seen_of(lines: pa.Table) -> list[Seen]:
    """What the lines of one feed say together, over all days: the fields in the order of their records, the most frequent first."""
    found: dict[tuple[str, str | None], list[dict[str, Any]]] = {}
    for line in lines.sort_by("first_seen").to_pylist():
        found.setdefault((line["field"], line["expected_type"]), []).append(line)
    seen = [
        Seen(
            path,
            expected,
            tuple(sorted({line["type_seen"] for line in of_field})),
            sum(line["count"] for line in of_field),
            of_field[0]["first_seen"],
            of_field[0]["sample"],
        )
        for (path, expected), of_field in found.items()
    ]
    return sorted(seen, key=lambda each: (-each.rows, each.field))


def is_open(seen: Seen, contract: Contract) -> bool:
    """Whether today's contract still does not say so; else the days in question were built by an earlier one."""
    return _types(contract).get(seen.field) == seen.expected
