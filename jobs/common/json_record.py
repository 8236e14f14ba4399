"""Bytes → a JSON object, without Spark: what decode.py takes is taken, what it refuses is refused. Of text that is no JSON it does not
ask whether a lenient reader would take it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

MOST_DIGITS = 38  # of a decimal; a number with more is a double
MOST_NUMBER_CHARACTERS, MOST_LEVELS, MOST_KEY_CHARACTERS = 1000, 1000, 50_000


class Undecodable(ValueError):
    """The bytes are a dead letter; the text is the reason, one of decode.py's."""


def read_object(value: bytes | None) -> dict[str, Any]:
    """The object; numbers are int, Decimal or, with an exponent or too many digits, float. Raises Undecodable."""
    if not value:
        raise Undecodable("empty")
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        raise Undecodable("not_utf8") from error
    try:
        document = _DECODER.decode(text)
    except Undecodable:
        raise
    except (ValueError, RecursionError) as error:
        raise Undecodable("not_json") from error
    if not isinstance(document, dict):
        raise Undecodable("not_object")
    if "\\u" in text and not _has_whole_characters(document):
        raise Undecodable("irregular_json")
    if text.count("[") + text.count("{") > MOST_LEVELS and _levels(document) > MOST_LEVELS:
        raise Undecodable("not_json")
    return document


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Undecodable("irregular_json")  # readers differ about which of the two counts
    if any(len(key) > MOST_KEY_CHARACTERS for key in found):
        raise Undecodable("not_json")
    return found


def _integer(text: str) -> int | Decimal | float:
    if len(text) > MOST_NUMBER_CHARACTERS:
        raise Undecodable("not_json")
    return int(text) if len(text.lstrip("-")) <= MOST_DIGITS else float(text)


def _fraction(text: str) -> Decimal | float:
    if len(text) > MOST_NUMBER_CHARACTERS:
        raise Undecodable("not_json")
    if "e" in text or "E" in text:
        return float(text)
    number = Decimal(text)
    _, digits, exponent = number.as_tuple()
    return number if len(digits) <= MOST_DIGITS and -int(exponent) <= MOST_DIGITS else float(text)


def _no_constant(name: str) -> None:
    raise Undecodable("not_json")


def _has_whole_characters(value: Any) -> bool:
    """Whether no text is cut inside a pair of surrogates."""
    if isinstance(value, str):
        return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, dict):
        return all(_has_whole_characters(key) and _has_whole_characters(inner) for key, inner in value.items())
    return not isinstance(value, list) or all(_has_whole_characters(inner) for inner in value)


def _levels(value: Any) -> int:
    deepest, level = 0, [value]
    while level:
        deepest += 1
        level = [inner for each in level for inner in _members(each) if isinstance(inner, dict | list)]
    return deepest


def _members(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_fraction, parse_constant=_no_constant)
