"""ODCS types as Spark types, and back to what a bound of such a type may be."""

from __future__ import annotations

import re

from open_data_contract_standard.model import SchemaProperty

# What each logical type may be in Spark; the first is taken when physicalType is left out, None means that it must be given.
_PHYSICAL: dict[str, tuple[str, ...]] = {
    "string": ("string",),
    "boolean": ("boolean",),
    "timestamp": ("timestamp",),
    "integer": ("int", "bigint"),
    "number": ("double", "decimal(p,s)"),
}
_MUST_SAY = ("integer", "number")  # the width of a number is a decision
_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")
_MAX_DECIMAL_DIGITS = 38


def known_types() -> str:
    """The types that a field may have, for error messages."""
    scalars = [f"{logical} ({' or '.join(physical)})" for logical, physical in _PHYSICAL.items()]
    return ", ".join([*scalars, "array (items: object)"])


def spark_type(field: SchemaProperty) -> str | None:
    """The field's type as Spark DDL, or None where the contract names none that we can read."""
    if field.logicalType == "array":
        return _array_type(field)
    allowed = _PHYSICAL.get(field.logicalType or "", ())
    if not allowed:
        return None
    if not field.physicalType:
        return None if field.logicalType in _MUST_SAY else allowed[0]
    physical = field.physicalType.lower().replace(" ", "")
    return physical if physical in allowed or ("decimal(p,s)" in allowed and _is_decimal(physical)) else None


def is_decimal(field: SchemaProperty) -> bool:
    return (spark_type(field) or "").startswith("decimal")


def _is_decimal(physical: str) -> bool:
    match = _DECIMAL.fullmatch(physical)
    return bool(match) and 0 <= int(match[2]) <= int(match[1]) <= _MAX_DECIMAL_DIGITS and int(match[1]) > 0


def _array_type(field: SchemaProperty) -> str | None:
    """Arrays hold objects of scalars: `array<struct<name: type, ...>>`."""
    if field.physicalType or not field.items or field.items.logicalType != "object":
        return None
    members = [(each.name, spark_type(each)) for each in field.items.properties or []]
    if not members or any(each.logicalType == "array" for each in field.items.properties or []):
        return None
    return f"array<struct<{','.join(f'{name}:{kind}' for name, kind in members)}>>" if all(kind for _, kind in members) else None
