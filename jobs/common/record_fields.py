"""The fields of one decoded record as the contract's types, and the reasons why they break the contract: what fields.py says in Spark,
said in Python for programs that look at records one by one and cannot wait for a Spark job."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from typing import Any

from include.contracts.model import Field
from jobs.common.json_record import MOST_DIGITS

Typed = Callable[[Any], Any]
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?P<seconds>:[0-9]{2}([.,][0-9]+)?)?(?P<offset>Z|[+-][0-9]{2}(:?[0-9]{2})?)?",
    re.IGNORECASE | re.ASCII,
)
_FARTHEST = timedelta(hours=18)  # from UTC, as Java's clocks have it
_RANGES = {"int": (-(2**31), 2**31 - 1), "bigint": (-(2**63), 2**63 - 1)}


def typed(field: Field) -> Typed:
    """The function that makes a JSON value one of the field's type; None where it is missing or of the wrong type."""
    if field.items:
        members = {item.name: typed(item) for item in field.items}
        return lambda raw: [_element(members, element) for element in raw] if isinstance(raw, list) else None
    kind = field.spark_type
    if kind == "string":
        return _identifier if field.accepts_integer else lambda raw: raw if isinstance(raw, str) else None
    if kind == "timestamp":
        return lambda raw: iso_time(raw) if isinstance(raw, str) else None
    if kind == "boolean":
        return lambda raw: raw if isinstance(raw, bool) else None
    return _numbers(kind)


def reasons(field: Field, raw: Any, value: Any) -> list[str]:
    """The rules of the field that are broken, as `required:order_id`."""
    return _broken(field, field.name, raw, value)


def element_reasons(field: Field, raw: Any, value: Any) -> list[str]:
    """The same of the elements of an array, each reason once: `minimum:items[].quantity`."""
    if not field.items or value is None:
        return []
    found: dict[str, None] = {}
    for element, item in zip(raw, value, strict=True):
        if item is None:
            found[f"type:{field.name}[]"] = None
            continue
        for member in field.items:
            inner = _broken(member, f"{field.name}[].{member.name}", element.get(member.name), item[member.name])
            found.update(dict.fromkeys(inner))
    return list(found)


def iso_time(text: str) -> datetime | None:
    """The instant that times.py reads from the text, or None."""
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    whole = text.upper().replace(",", ".")
    try:
        moment = datetime.fromisoformat(whole)
        offset = moment.utcoffset()
        if offset is None:
            return moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC) if abs(offset) <= _FARTHEST else None
    except (ValueError, OverflowError):
        return None


def _element(members: dict[str, Typed], element: Any) -> dict[str, Any] | None:
    if not isinstance(element, dict):
        return None
    return {name: read(element.get(name)) for name, read in members.items()}


def _identifier(raw: Any) -> str | None:
    if isinstance(raw, str):
        return raw
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal) or raw != int(raw):
        return None
    return str(int(raw))


def _numbers(kind: str) -> Typed:
    if kind == "double":
        return _double
    if kind in _RANGES:
        low, high = _RANGES[kind]
        return lambda raw: _whole(raw, low, high)
    precision, scale = (int(number) for number in kind.removeprefix("decimal(").removesuffix(")").split(","))
    return lambda raw: _decimal(raw, precision, scale)


def _is_number(raw: Any) -> bool:
    return isinstance(raw, int | Decimal | float) and not isinstance(raw, bool)


def _double(raw: Any) -> float | None:
    if not _is_number(raw):
        return None
    value = float(raw)
    return value if math.isfinite(value) else None


def _whole(raw: Any, low: int, high: int) -> int | None:
    value = _double(raw)
    if value is None or value != math.floor(value):
        return None
    whole = int(raw)
    return whole if low <= whole <= high else None


def _decimal(raw: Any, precision: int, scale: int) -> Decimal | None:
    if not _is_number(raw) or (isinstance(raw, float) and not math.isfinite(raw)):
        return None
    number = raw if isinstance(raw, Decimal) else Decimal(repr(raw))
    with localcontext(prec=2 * MOST_DIGITS):
        try:
            rounded = number.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
        except InvalidOperation:  # more digits than any decimal has
            return None
    return rounded if len(rounded.as_tuple().digits) <= precision else None


def _broken(field: Field, name: str, raw: Any, value: Any) -> list[str]:
    found = []
    if raw is None and field.required:
        found.append(f"required:{name}")
    if value is None:
        return found if raw is None else [*found, f"type:{name}"]
    found += [f"{rule}:{name}" for rule, broken in _bounds(field, value) if broken]
    size = len(value) if isinstance(value, str | list) else 0
    if field.min_length is not None and size < field.min_length:
        found.append(f"min_length:{name}")
    if field.max_length is not None and size > field.max_length:
        found.append(f"max_length:{name}")
    if field.valid_values and value not in field.valid_values:
        found.append(f"valid_values:{name}")
    return found


def _bounds(field: Field, value: Any) -> Iterator[tuple[str, bool]]:
    def as_bound(bound: Decimal) -> Any:
        return float(bound) if field.spark_type == "double" else bound

    if field.minimum is not None:
        yield "minimum", value < as_bound(field.minimum)
    if field.maximum is not None:
        yield "maximum", value > as_bound(field.maximum)
    if field.exclusive_minimum is not None:
        yield "exclusive_minimum", value <= as_bound(field.exclusive_minimum)
    if field.exclusive_maximum is not None:
        yield "exclusive_maximum", value >= as_bound(field.exclusive_maximum)
