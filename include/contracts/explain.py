"""Reasons in words, and a contract as a JSON schema: for whoever sends records and must learn what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from include.contracts.model import Contract, Field

_DECODING = {
    "empty": "the message is empty",
    "not_utf8": "the bytes are not UTF-8",
    "not_json": "the text is not one JSON document",
    "irregular_json": "the JSON has a key twice, or half a surrogate pair: readers differ on what it says",
    "not_object": "the JSON is not an object",
}
_BOUNDS = {"minimum": "below {}", "maximum": "above {}", "exclusive_minimum": "not above {}", "exclusive_maximum": "not below {}"}
_LENGTHS = {"min_length": "shorter than {}", "max_length": "longer than {}"}
_JSON_TYPES = {
    "string": {"type": "string"},
    "timestamp": {"type": "string", "format": "date-time"},
    "boolean": {"type": "boolean"},
    "int": {"type": "integer"},
    "bigint": {"type": "integer"},
}
_JSON_BOUNDS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusive_minimum": "exclusiveMinimum",
    "exclusive_maximum": "exclusiveMaximum",
}


@dataclass(frozen=True)
class Explained:
    """One reason: as the tables have it, the field that it is about (empty for the whole record), and a sentence."""

    reason: str
    field: str
    message: str


def explain(contract: Contract, reason: str) -> Explained:
    """The reason in words. KeyError for one that the contract cannot give."""
    rule, _, name = reason.partition(":")
    if not name:
        return Explained(reason, "", _DECODING[rule])
    if rule == "rule":
        return Explained(reason, "", next(each.description for each in contract.rules if each.name == name))
    if name.endswith("[]"):
        return Explained(reason, name, f"{name} has an element that is no object")
    return Explained(reason, name, f"{name} {_says(rule, dict(_named(contract))[name])}")


def _named(contract: Contract) -> Iterator[tuple[str, Field]]:
    for field in contract.fields:
        yield field.name, field
        yield from ((f"{field.name}[].{member.name}", member) for member in field.items)


def _says(rule: str, field: Field) -> str:
    if rule == "required":
        return "is missing"
    if rule == "type":
        return f"is no {'array' if field.items else 'ISO 8601 time' if field.spark_type == 'timestamp' else field.spark_type}"
    if rule == "valid_values":
        return f"is none of {', '.join(field.valid_values)}"
    if rule in _LENGTHS:
        return f"is {_LENGTHS[rule].format(getattr(field, rule))} {'elements' if field.items else 'characters'}"
    return f"is {_BOUNDS[rule].format(getattr(field, rule))} ({field.unit})"


def json_schema(contract: Contract) -> dict[str, Any]:
    """The record as a JSON schema, with descriptions and units; rules over several fields are in its description."""
    rules = " ".join(rule.description for rule in contract.rules)
    return {**_object(contract.fields), "description": f"{contract.description} {rules}".strip()}


def _object(fields: tuple[Field, ...]) -> dict[str, Any]:
    required = [field.name for field in fields if field.required]
    return {"type": "object", "properties": {field.name: _property(field) for field in fields}, "required": required}


def _property(field: Field) -> dict[str, Any]:
    if field.items:
        lengths = {"minItems": field.min_length, "maxItems": field.max_length}
        kind = {"type": "array", "items": _object(field.items)}
    else:
        lengths = {"minLength": field.min_length, "maxLength": field.max_length}
        kind = dict(_JSON_TYPES.get(field.spark_type, {"type": "number"}))
    kinds = [kind["type"], *(["integer"] if field.accepts_integer else []), *([] if field.required else ["null"])]
    kind["type"] = kinds if len(kinds) > 1 else kinds[0]
    bounds = {word: float(bound) for name, word in _JSON_BOUNDS.items() if (bound := getattr(field, name)) is not None}
    given = {name: value for name, value in lengths.items() if value is not None}
    values = {"enum": [*field.valid_values, *([] if field.required else [None])]} if field.valid_values else {}
    return {**kind, **bounds, **given, **values, "description": f"{field.description} ({field.unit})" if field.unit else field.description}
