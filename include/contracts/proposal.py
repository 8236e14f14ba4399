"""Drift of a feed → the change of its contract file that would take it in, as a unified diff. The file's own text and comments stay."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml

from include.bronze import CLOCKS
from include.contracts.field_checks import FIELD_NAME

# JSON types, as ops.drift has them → logicalType and physicalType.
_TYPES = {
    "string": ("string", None),
    "boolean": ("boolean", None),
    "bigint": ("integer", "bigint"),
    "decimal": ("number", "double"),
    "double": ("number", "double"),
}
_NUMBERS = {"bigint", "decimal", "double"}


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
    adds = False
    for each in drift:
        name, is_member, member = each.field.partition("[].")
        place, sequence = _place(fields, name, is_member != "")
        if each.expected is not None:
            inserted.setdefault(place, []).append(f"{_indent(sequence)}# {each.field}: {_seen(each)}, instead of {each.expected}")
            continue
        new = _field(member or name, each, sequence)
        adds |= new is not None
        said = new or [f"{_indent(sequence)}# {each.field}: {_seen(each)}, which no field can be declared as"]
        inserted.setdefault(_end(sequence) + 1, []).extend(said)
    after = [line for number, line in enumerate([*before, ""]) for line in (*inserted.get(number, ()), line)][:-1]
    if adds:
        after = _next_version(after, _value(root, "version").value)
    path = f"{file.parent.name}/{file.name}"
    return "\n".join(difflib.unified_diff(before, after, f"a/{path}", f"b/{path}", lineterm=""))


def _place(fields: yaml.SequenceNode, name: str, is_member: bool) -> tuple[int, yaml.SequenceNode]:
    """The line at which the field stands, or would end the list, and the list of fields that it, or its member, belongs to."""
    field = next((each for each in fields.value if _value(each, "name").value == name.removesuffix("[]")), None)
    if field is None:
        return _end(fields) + 1, fields
    return field.start_mark.line, _value(_value(field, "items"), "properties") if is_member else fields


def _field(name: str, seen: Seen, sequence: yaml.SequenceNode) -> list[str] | None:
    """The lines of a new optional field; None where it can be none: its name is no column's, or its values have no one type."""
    taken = {_value(each, "name").value.lower() for each in sequence.value} | set(CLOCKS)
    types = set(seen.types) - {"null"}
    kind = "double" if len(types) > 1 and types <= _NUMBERS else next(iter(types)) if len(types) == 1 else ""
    if not FIELD_NAME.fullmatch(name) or name.lower() in taken or kind not in _TYPES:
        return None
    logical, physical = _TYPES[kind]
    lines = [
        f"- name: {name}",
        f"  description: {json.dumps(f'Say what it is. {_seen(seen)}.', ensure_ascii=False)}",
        f"  logicalType: {logical}",
    ]
    lines += [f"  physicalType: {physical}"] if physical else []
    lines += ["  required: false"]
    if physical:
        unknown = (("unit", "unknown"), ("unbounded", "its bounds are not known yet"))
        lines += ["  customProperties:", *(text for own, value in unknown for text in (f"    - property: {own}", f"      value: {value}"))]
    return [_indent(sequence) + line for line in lines]


def _seen(seen: Seen) -> str:
    example = f", such as {seen.sample}" if seen.sample is not None else ""
    return f"Seen as {' and '.join(seen.types)} in {seen.rows} records since {seen.first_seen:%Y-%m-%d}{example}"


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
