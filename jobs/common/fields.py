"""One field of a record: its variant as the contract's type, and the reasons why it breaks the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from pyspark.sql import Column
from pyspark.sql import functions as F

from include.contracts.model import Field
from jobs.common.times import iso_time


def typed(field: Field, raw: Column) -> Column:
    """The variant as the field's type; null where it is missing, JSON's null, or of the wrong type. Never raises.

    - text is JSON text alone; where the contract accepts integers, a whole number is taken as its digits
    - a number is a JSON number alone: "12" is text, and true is no 1
    - an integer may be written as 12.0 or 12e0; 12.5, and what its type cannot hold, is of the wrong type
    - a decimal is rounded half up to its scale, for sources that compute in floats; one too large is of the wrong type
    - a double that overflows to infinity is of the wrong type
    - a timestamp is ISO 8601 text (times.py); a number is none
    - an array keeps all its elements; one that is no object becomes null
    """
    if field.items:
        return F.transform(elements(field, raw), lambda element: _typed_element(field, element)).cast(field.spark_type)
    kind = F.schema_of_variant(raw)
    if field.spark_type == "string":
        taken = (kind == "STRING") | _is_whole(kind) if field.accepts_integer else kind == "STRING"
        return F.when(taken, F.try_variant_get(raw, "$", "string"))
    if field.spark_type == "timestamp":
        return F.when(kind == "STRING", iso_time(F.try_variant_get(raw, "$", "string")))
    if field.spark_type == "boolean":
        return F.when(kind == "BOOLEAN", F.try_variant_get(raw, "$", "boolean"))
    return F.when(_is_number(kind), _number(field, raw))


def elements(field: Field, raw: Column) -> Column:
    """The array's elements as structs of variants, null for an element that is no object; null where there is no array."""
    members = ",".join(f"`{item.name}`:variant" for item in field.items)
    return F.try_variant_get(raw, "$", f"array<struct<{members}>>")


def reasons(field: Field, raw: Column, value: Column) -> list[Column]:
    """One column for each rule of the field: its reason where the rule is broken, else null.

    JSON's null is the same as a missing field. An empty text is a value: only a minimal length keeps it out.
    Bounds are held against the typed value: what a table holds never breaks its contract.
    """
    return [F.when(broken, F.lit(reason)) for reason, broken in _rules(field, field.name, raw, value)]


def element_reasons(field: Field, raw: Column, value: Column) -> Column:
    """The reasons, each once, that the elements of an array give: `minimum:items[].quantity`."""

    def of_element(element: Column, item: Column) -> Column:
        wrong = [F.when(element.isNull(), F.lit(f"type:{field.name}[]"))]
        for member in field.items:
            inner = _rules(member, f"{field.name}[].{member.name}", element[member.name], item[member.name])
            wrong += [F.when(element.isNotNull() & broken, F.lit(reason)) for reason, broken in inner]
        return F.array_compact(F.array(*wrong))

    found = F.zip_with(elements(field, raw), value, of_element)
    return F.coalesce(F.array_distinct(F.flatten(found)), F.array().cast("array<string>"))


def _typed_element(field: Field, element: Column) -> Column:
    members = [typed(member, element[member.name]).alias(member.name) for member in field.items]
    return F.when(element.isNotNull(), F.struct(*members))


def _number(field: Field, raw: Column) -> Column:
    value = F.try_variant_get(raw, "$", field.spark_type)
    as_double = F.try_variant_get(raw, "$", "double")
    if field.spark_type in ("int", "bigint"):
        return F.when(as_double == F.floor(as_double), value)
    if field.spark_type == "double":
        return F.when(F.abs(value) < float("inf"), value)
    return value


def _is_number(kind: Column) -> Column:
    return (kind == "BIGINT") | kind.startswith("DECIMAL") | (kind == "DOUBLE")


def _is_whole(kind: Column) -> Column:
    return (kind == "BIGINT") | (kind.startswith("DECIMAL") & kind.endswith(",0)"))


def _rules(field: Field, name: str, raw: Column, value: Column) -> Iterator[tuple[str, Column]]:
    """Reason and the condition under which it applies; a null condition does not apply."""
    given = raw.isNotNull() & ~F.is_variant_null(raw)
    if field.required:
        yield f"required:{name}", ~given
    yield f"type:{name}", given & value.isNull()
    for rule, bound, breaks in _bounds(field):
        yield f"{rule}:{name}", breaks(value, _literal(field, bound))
    size = F.size(value) if field.items else F.char_length(value)
    if field.min_length is not None:
        yield f"min_length:{name}", value.isNotNull() & (size < field.min_length)
    if field.max_length is not None:
        yield f"max_length:{name}", value.isNotNull() & (size > field.max_length)
    if field.valid_values:
        yield f"valid_values:{name}", ~value.isin(*field.valid_values)


def _bounds(field: Field) -> Iterator[tuple[str, Decimal, Callable[[Column, Column], Column]]]:
    if field.minimum is not None:
        yield "minimum", field.minimum, lambda value, bound: value < bound
    if field.maximum is not None:
        yield "maximum", field.maximum, lambda value, bound: value > bound
    if field.exclusive_minimum is not None:
        yield "exclusive_minimum", field.exclusive_minimum, lambda value, bound: value <= bound
    if field.exclusive_maximum is not None:
        yield "exclusive_maximum", field.exclusive_maximum, lambda value, bound: value >= bound


def _literal(field: Field, bound: Decimal) -> Column:
    return F.lit(float(bound)) if field.spark_type == "double" else F.lit(bound)
