"""House rules for the fields of a contract: each has a name, a meaning, a type, a unit or time zone, and bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from open_data_contract_standard.model import SchemaProperty

from include.bronze import CLOCKS
from include.contracts.document import custom
from include.contracts.problems import Problem
from include.contracts.types import is_decimal, known_types, spark_type

FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_CURRENCY = re.compile(r"[A-Z]{3}")
_NUMERIC = ("integer", "number")
_UTC = ("Etc/UTC", "UTC")
# The options that Headwater enforces or reads; any other would be a promise that nobody keeps.
_OPTIONS = {
    "string": {"minLength", "maxLength"},
    "array": {"minItems", "maxItems"},
    "timestamp": {"format", "timezone", "defaultTimezone"},
    "integer": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"},
}
_BOUNDS = _OPTIONS["number"]
_PAIRS = (
    ("minimum", "maximum"),
    ("minimum", "exclusiveMaximum"),
    ("exclusiveMinimum", "maximum"),
    ("exclusiveMinimum", "exclusiveMaximum"),
)
_LENGTHS = (("minLength", "maxLength"), ("minItems", "maxItems"))
_CUSTOM = {"unit", "unbounded", "acceptsInteger"}


def check_fields(path: str, fields: list[SchemaProperty]) -> Iterator[Problem]:
    """Everything that is wrong with these fields and with the fields of their elements."""
    seen: set[str] = set()
    for index, field in enumerate(fields):
        here = f"{path}[{index}]"
        yield from _check_name(here, field, seen)
        yield from _check_meaning(here, field)
        yield from _check_type(here, field)
        yield from _check_enforced(here, field)
        yield from _check_bounds(here, field)
        yield from _check_values(here, field)
        if field.items and field.items.properties:
            yield from check_fields(f"{here}.items.properties", field.items.properties)


def _check_name(path: str, field: SchemaProperty, seen: set[str]) -> Iterator[Problem]:
    name = field.name or ""
    if not FIELD_NAME.fullmatch(name):
        fix = "letters, digits and _, a letter first (a leading _ marks columns that the pipeline adds)"
        yield Problem("field-name", f"{path}.name", "the name cannot be a column", name, fix)
    if name.lower() in CLOCKS:
        yield Problem("field-name", f"{path}.name", "the pipeline adds a column of this name", name, "rename the field")
    if name.lower() in seen:
        yield Problem(
            "field-name", f"{path}.name", "two fields have this name; Spark does not tell upper case from lower", name, "rename one"
        )
    seen.add(name.lower())


def _check_meaning(path: str, field: SchemaProperty) -> Iterator[Problem]:
    if not (field.description or "").strip():
        yield Problem("description", f"{path}.description", f"{field.name} has no description", fix="say what it is")
    if field.required is None:
        yield Problem("required", f"{path}.required", f"{field.name} does not say whether it is required", fix="required: true or false")
    own = custom(field.customProperties)
    for name in own.keys() - _CUSTOM:
        yield Problem(
            "not-enforced",
            f"{path}.customProperties",
            "nobody reads this custom property",
            name,
            f"known here: {', '.join(sorted(_CUSTOM))}",
        )
    if own.get("acceptsInteger", True) is not True or ("acceptsInteger" in own and field.logicalType != "string"):
        yield Problem(
            "type",
            f"{path}.customProperties",
            "acceptsInteger is true, for text alone",
            own["acceptsInteger"],
            "remove it, or logicalType: string",
        )
    unit = own.get("unit")
    if field.logicalType in _NUMERIC and not (isinstance(unit, str) and unit.strip()):
        fix = "add the custom property `unit`: km/h, %, s, EUR, count, identifier, …"
        yield Problem("unit", f"{path}.customProperties", f"{field.name} is a number without a unit", unit, fix)
    if isinstance(unit, str) and _CURRENCY.fullmatch(unit) and spark_type(field) and not is_decimal(field):
        fix = "physicalType: decimal(18,4)"
        yield Problem("money", f"{path}.physicalType", f"{field.name} is money and not a decimal", field.physicalType, fix)
    zone = (field.logicalTypeOptions or {}).get("defaultTimezone")
    if field.logicalType == "timestamp" and zone not in _UTC:
        yield Problem(
            "time-zone", f"{path}.logicalTypeOptions.defaultTimezone", "a time without an offset is UTC", zone, "defaultTimezone: Etc/UTC"
        )


def _check_type(path: str, field: SchemaProperty) -> Iterator[Problem]:
    if field.logicalType == "array":
        elements = field.items.properties if field.items and field.items.logicalType == "object" else None
        if not elements or field.physicalType or any(each.logicalType == "array" for each in elements):
            fix = "no physicalType, and items: {logicalType: object, properties: […]}"
            yield Problem("type", f"{path}.logicalType", "an array holds objects of plain fields", fix=fix)
    elif spark_type(field) is None:
        value = f"{field.logicalType}, {field.physicalType}"
        at = f"{path}.{'physicalType' if field.physicalType else 'logicalType'}"
        yield Problem("type", at, f"{field.name} has a type that is not known", value, f"known: {known_types()}")


def _check_enforced(path: str, field: SchemaProperty) -> Iterator[Problem]:
    for option in (field.logicalTypeOptions or {}).keys() - _OPTIONS.get(field.logicalType or "", set()):
        fix = "remove it, or say it as a rule in schema[0].quality"
        yield Problem(
            "not-enforced", f"{path}.logicalTypeOptions.{option}", "nobody enforces this option", field.logicalTypeOptions[option], fix
        )
    if field.quality:
        yield Problem("not-enforced", f"{path}.quality", "rules stand at the record, not at the field", fix="move it to schema[0].quality")
    if field.unique:
        yield Problem("not-enforced", f"{path}.unique", "nobody enforces `unique`", True, "say the identity with primaryKey")


def _check_bounds(path: str, field: SchemaProperty) -> Iterator[Problem]:
    options = field.logicalTypeOptions or {}
    here = f"{path}.logicalTypeOptions"
    if field.logicalType in _NUMERIC:
        yield from _check_bounded(path, field, options)
    for low, high in (*_PAIRS, *_LENGTHS):
        if low in options and high in options and _is_empty(low, options[low], high, options[high]):
            yield Problem(
                "bounds",
                f"{here}.{low}",
                f"no value has {low} {options[low]} and {high} {options[high]}",
                options[low],
                "correct one of them",
            )
    for inclusive, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if inclusive in options and exclusive in options:
            yield Problem("bounds", f"{here}.{exclusive}", f"{inclusive} and {exclusive} are both given", options[exclusive], "keep one")


def _check_bounded(path: str, field: SchemaProperty, options: dict[str, Any]) -> Iterator[Problem]:
    reason = custom(field.customProperties).get("unbounded")
    bounded = bool(_BOUNDS & options.keys())
    if not bounded and not (isinstance(reason, str) and reason.strip()):
        fix = "give minimum or maximum, or the reason why there is none as the custom property `unbounded`"
        yield Problem("bounds", f"{path}.logicalTypeOptions", f"{field.name} says no bounds", fix=fix)
    if bounded and reason is not None:
        yield Problem("bounds", f"{path}.customProperties", f"{field.name} is bounded and `unbounded`", reason, "keep one")


def _is_empty(low: str, minimum: float, high: str, maximum: float) -> bool:
    return minimum > maximum or (minimum == maximum and (low.startswith("exclusive") or high.startswith("exclusive")))


def _check_values(path: str, field: SchemaProperty) -> Iterator[Problem]:
    values = [each.value for each in field.enum or []]
    if values and field.logicalType != "string":
        yield Problem("valid-values", f"{path}.enum", "only text can be enumerated", field.logicalType, "use minimum and maximum")
    for index, value in enumerate(values):
        if not isinstance(value, str) or not value:
            yield Problem("valid-values", f"{path}.enum[{index}].value", "a valid value is a text that is not empty", value, "quote it")
        elif value in values[:index]:
            yield Problem("valid-values", f"{path}.enum[{index}].value", "this value stands here twice", value, "remove one")
