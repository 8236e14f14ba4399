"""A JSON value as the contract's type, without Spark. Says of every value what jobs/common/fields.py says of it."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from math import floor, isinf
from typing import Any

from include.contracts.model import Field
from include.times import instant

_WHOLE = {"int": 2**31, "bigint": 2**63}
_DIGITS = 38  # of a number that is kept exactly; one with more, or with an exponent, is read as a double
_MOST_DIGITS = 1000
_EXACT = Context(prec=400, rounding=ROUND_HALF_UP)


def whole_number(literal: str) -> int | float:
    """A JSON number without fraction and exponent. ValueError where it is longer than anybody reads."""
    if len(literal) > _MOST_DIGITS:
        raise ValueError("a number of more than 1000 digits")
    return int(literal) if len(literal.lstrip("-")) <= _DIGITS else float(literal)


def other_number(literal: str) -> Decimal | float:
    """A JSON number with a fraction or an exponent. ValueError where it is longer than anybody reads."""
    if len(literal) > _MOST_DIGITS:
        raise ValueError("a number of more than 1000 digits")
    exact = "e" not in literal.lower() and sum(map(str.isdigit, literal)) <= _DIGITS
    return Decimal(literal) if exact else float(literal)


def typed(field: Field, raw: Any) -> Any:
    """The value as the field's type; None where it is None or of the wrong type. `raw` is JSON with numbers read as above."""
    kind = field.spark_type
    if field.items:
        return [_element(field, each) for each in raw] if isinstance(raw, list) else None
    if kind == "string":
        if field.accepts_integer and isinstance(raw, int | Decimal) and not isinstance(raw, bool) and raw == int(raw):
            return str(int(raw))
        return raw if isinstance(raw, str) else None
    if kind == "timestamp":
        return instant(raw) if isinstance(raw, str) else None
    if kind == "boolean":
        return raw if isinstance(raw, bool) else None
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        return None
    return _number(kind, raw)


def _element(field: Field, raw: Any) -> dict[str, Any] | None:
    return {member.name: typed(member, raw.get(member.name)) for member in field.items} if isinstance(raw, dict) else None


def _number(kind: str, raw: int | float | Decimal) -> int | float | Decimal | None:
    as_double = float(raw)
    if isinf(as_double):
        return None
    if kind == "double":
        return as_double
    if kind in _WHOLE:
        limit, whole = _WHOLE[kind], int(raw)
        return whole if as_double == floor(as_double) and -limit <= whole < limit else None
    digits, scale = map(int, kind.removeprefix("decimal(").removesuffix(")").split(","))
    exact = Decimal(repr(raw)) if isinstance(raw, float) else Decimal(raw)
    rounded = exact.quantize(Decimal(1).scaleb(-scale), context=_EXACT)
    return rounded if abs(rounded) < Decimal(10) ** (digits - scale) else None
