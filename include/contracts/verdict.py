"""One record against its contract, without Spark: the reasons that the batch would give (jobs/common/validate.py), in its order.

The rules stand in the contract alone; two engines hold records against them, and a test holds the engines against each other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from include.contracts.model import Contract, Field
from include.contracts.rule_check import RuleCheck
from include.contracts.values import other_number, typed, whole_number


@dataclass(frozen=True)
class Verdict:
    """`reasons` is empty for a sound record; `fields` are its fields, None where it does not decode to an object."""

    reasons: tuple[str, ...]
    fields: dict[str, Any] | None = None


class _Twice(ValueError):
    """A key stands twice in one object."""


class RecordCheck:
    """Judges the records of one feed. Any thread may ask."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.rules = RuleCheck(contract)

    def judge(self, value: bytes | None) -> Verdict:
        """All reasons for which the record would be a dead letter or in quarantine."""
        return self.judge_all([value])[0]

    def judge_all(self, values: Sequence[bytes | None]) -> list[Verdict]:
        """The same of each of them; their rules are computed at once, which takes as long as for one."""
        decoded = [decode(value) for value in values]
        reasons = iter(self._reasons([each for each in decoded if not isinstance(each, str)]))
        return [Verdict((each,)) if isinstance(each, str) else Verdict(tuple(next(reasons)), each) for each in decoded]

    def reasons(self, record: dict[str, Any]) -> list[str]:
        """The reasons of a record that decodes; its numbers as `decode` reads them."""
        return self._reasons([record])[0]

    def _reasons(self, records: Sequence[dict[str, Any]]) -> list[list[str]]:
        if not records:
            return []
        fields = self.contract.fields
        rows = self.rules.rows([{field.name: typed(field, record.get(field.name)) for field in fields} for record in records])
        return [self._of_one(record, names) for record, names in zip(records, self.rules.broken_in(rows), strict=True)]

    def _of_one(self, record: dict[str, Any], broken_rules: Sequence[str]) -> list[str]:
        found = [reason for field in self.contract.fields for reason in broken(field, field.name, record.get(field.name))]
        found += [f"rule:{name}" for name in broken_rules]
        for field in self.contract.fields:
            found += dict.fromkeys(broken_elements(field, record.get(field.name)))
        return found


def decode(value: bytes | None) -> dict[str, Any] | str:
    """The JSON object, or the reason why the record is a dead letter: empty, not_utf8, not_json, irregular_json or not_object.

    What only a lenient reader takes is `irregular_json` to the batch; of that, single quotes and control characters are `not_json` here.
    """
    if not value:
        return "empty"
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return "not_utf8"
    try:
        found = json.loads(
            text, parse_int=whole_number, parse_float=other_number, parse_constant=_no_constant, object_pairs_hook=_each_key_once
        )
        if "\\u" in text:
            json.dumps(found, default=str, ensure_ascii=False).encode()  # half a surrogate pair has no bytes
    except (_Twice, UnicodeEncodeError):
        return "irregular_json"
    except (ValueError, RecursionError):
        return "not_json"
    return found if isinstance(found, dict) else "not_object"


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Twice
    return found


def broken_elements(field: Field, raw: Any) -> Iterator[str]:
    for element in raw if field.items and isinstance(raw, list) else ():
        if not isinstance(element, dict):
            yield f"type:{field.name}[]"
            continue
        for member in field.items:
            yield from broken(member, f"{field.name}[].{member.name}", element.get(member.name))


def broken(field: Field, name: str, raw: Any) -> Iterator[str]:
    """The reasons of one field; what is of the wrong type has no bounds to break."""
    if raw is None:
        if field.required:
            yield f"required:{name}"
        return
    value = typed(field, raw)
    if value is None:
        yield f"type:{name}"
        return
    yield from (f"{rule}:{name}" for rule in _outside(field, value))
    if field.min_length is not None and len(value) < field.min_length:
        yield f"min_length:{name}"
    if field.max_length is not None and len(value) > field.max_length:
        yield f"max_length:{name}"
    if field.valid_values and value not in field.valid_values:
        yield f"valid_values:{name}"


def _outside(field: Field, value: Any) -> Iterator[str]:
    number = float if field.spark_type == "double" else lambda bound: bound
    if field.minimum is not None and value < number(field.minimum):
        yield "minimum"
    if field.maximum is not None and value > number(field.maximum):
        yield "maximum"
    if field.exclusive_minimum is not None and value <= number(field.exclusive_minimum):
        yield "exclusive_minimum"
    if field.exclusive_maximum is not None and value >= number(field.exclusive_maximum):
        yield "exclusive_maximum"
