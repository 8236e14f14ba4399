"""Drift of a feed → the change of its contract file that would take it in, as a unified diff. The file's own text and comments stay."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml

from include.bronze import CLOCKS
from include.contracts.field_checks import FIELD_NAME
from include.words import many

# JSON types, as ops.drift has them → logicalType and physicalType.
_TYPES = {
    "string": ("string", None),
    "boolean": ("boolean", None),
    "bigint": ("integer", "bigint"),
    "decimal": ("number", "double"),
    "double": ("number", "double"),
}
_NUMBERS = {"bigint", "decimal", "double"}


class _Indented(yaml.SafeDumper):
    """Lists stand to the right of their key, as in the contracts."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


@dataclass(frozen=True)
class Seen:
    """A field that is not as the contract says, of all days: `expected` None where the contract does not name it."""

    field: str
    expected: str | None
    types: tuple[str, ...]
    rows: int
    first_seen: datetime
    sample: str | None


def proposal(file: Path, drift: Sequence[Seen]) -> str:
    """The diff, against the folder of the contracts; "" where there is nothing to say. It adds fields that have one type as optional
    fields, with a new minor version, and says of all else in a comment what was seen. The file is a sound contract, and with the
    diff it is one."""
    text = file.read_text(encoding="utf-8")
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    fields = _value(_value(root, "schema").value[0], "properties")
    before = text.splitlines()
    inserted: dict[int, list[str]] = {}  # line before which → lines
    added: dict[str, set[str]] = {}  # array, or "" → names that its list of fields gets
    for each in drift:
        array, name, place, sequence = _place(fields, each.field)
        told = f"{_indent(sequence)}# {_printable(each.field)}: {_seen(each)}"
        if each.expected is not None:
            inserted.setdefault(place, []).append(f"{told}, instead of {each.expected}")
            continue
        said = [f"{told}, which no field can be declared as"]
        taken = _names(sequence) | added.get(array, set())
        if (kind := _type(each)) and FIELD_NAME.fullmatch(name) and name.lower() not in taken:
            said = [f"{_indent(sequence)}{line}" for line in _field(name, kind, each)]
            added.setdefault(array, set()).add(name.lower())
        inserted.setdefault(_end(sequence) + 1, []).extend(said)
    after = [line for number, line in enumerate([*before, ""]) for line in (*inserted.get(number, ()), line)][:-1]
    if added:
        after = _next_version(after, _value(root, "version").value)
    path = f"{file.parent.name}/{file.name}"
    return "\n".join(difflib.unified_diff(before, after, f"a/{path}", f"b/{path}", lineterm=""))


def _place(fields: yaml.SequenceNode, path: str) -> tuple[str, str, int, yaml.SequenceNode]:
    """The array whose elements have the field ("": it stands at the top), its name there, the line before which to speak of it, and the
    list that it belongs to. What looks like a path is a name where the contract has no such array."""
    array, _, member = path.partition("[].")
    own = array if member else path.removesuffix("[]")
    field = next((each for each in fields.value if _value(each, "name").value == own), None)
    if field is None:
        return "", path, _end(fields) + 1, fields
    items = next((value for key, value in field.value if key.value == "items"), None)
    if member and items is not None:
        return array, member, field.start_mark.line, _value(items, "properties")
    return "", path, field.start_mark.line, fields


def _names(sequence: yaml.SequenceNode) -> set[str]:
    """What no further field of the list can be named, in lower case: Spark does not tell it from upper case."""
    return {_value(each, "name").value.lower() for each in sequence.value} | set(CLOCKS)


def _type(seen: Seen) -> tuple[str, str | None] | None:
    """logicalType and physicalType of the values; None where they have no one type that a field can have."""
    types = set(seen.types) - {"null"}
    if len(types) > 1 and types <= _NUMBERS:
        return _TYPES["double"]
    return _TYPES.get(next(iter(types))) if len(types) == 1 else None


def _field(name: str, kind: tuple[str, str | None], seen: Seen) -> list[str]:
    """The lines of a new optional field."""
    logical, physical = kind
    field: dict[str, object] = {"name": name, "description": f"Say what it is. {_seen(seen)}.", "logicalType": logical}
    if physical:
        field["physicalType"] = physical
    field["required"] = False
    if physical:
        unknown = {"unit": "unknown", "unbounded": "its bounds are not known yet"}
        field["customProperties"] = [{"property": own, "value": value} for own, value in unknown.items()]
    return yaml.dump([field], Dumper=_Indented, sort_keys=False, allow_unicode=True, width=math.inf).splitlines()


def _seen(seen: Seen) -> str:
    example = f", such as {seen.sample}" if seen.sample is not None else ""
    return _printable(f"Seen as {' and '.join(seen.types)} in {many(seen.rows, 'record')} since {seen.first_seen:%Y-%m-%d}{example}")


def _printable(text: str) -> str:
    """The text with an escape for each character that ends a line, that no YAML file may have, or that nobody would see."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _next_version(lines: list[str], version: str) -> list[str]:
    """The same lines with the next minor version."""
    major, minor, _ = version.split(".")
    found = next(number for number, line in enumerate(lines) if re.match(r"version\s*:", line))
    changed = lines[found].replace(version, f"{major}.{int(minor) + 1}.0", 1)
    return [*lines[:found], changed, *lines[found + 1 :]]


def _value(mapping: yaml.MappingNode, key: str) -> yaml.Node:
    return next(value for name, value in mapping.value if name.value == key)


def _indent(sequence: yaml.SequenceNode) -> str:
    return " " * sequence.start_mark.column


def _end(node: yaml.Node) -> int:
    """The last line of the node itself: what follows a block, blank lines and comments, is counted in with it by YAML."""
    *_, last = _ends(node)
    return last


def _ends(node: yaml.Node) -> Iterator[int]:
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        child = node.value[-1]
        yield from _ends(child[1] if isinstance(child, tuple) else child)
    elif isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        yield node.end_mark.line - 1
    else:
        yield node.end_mark.line
