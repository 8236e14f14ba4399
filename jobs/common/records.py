"""A feed's records → typed rows or reasons, without Spark: what validate.py says of a day's records, said of a few at once.

The two agree record by record (tests/jobs/common/test_records.py holds them against each other), but for one reason that is the batch's
alone: that bronze filed the record under another time than the one it has now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from include.contracts.model import Contract
from include.contracts.rule_check import RuleCheck
from include.contracts.values import typed
from include.contracts.verdict import broken, broken_elements, decode


@dataclass(frozen=True)
class Judged:
    """`rows`: the contract's fields, one row for each value that keeps the contract; `places`: which value each row is of;
    `reasons`: place → why a value does not keep it, in the order of validate.py; a dead letter has one reason."""

    rows: pa.Table
    places: list[int]
    reasons: dict[int, list[str]]


class RecordReader:
    """Reads the values of one feed. Raises ContractError for a rule that only Spark can run."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._rules = RuleCheck(contract)

    def judge(self, values: Sequence[bytes | None]) -> Judged:
        rows: dict[int, dict[str, Any]] = {}
        reasons: dict[int, list[str]] = {}
        nested: dict[int, list[str]] = {}
        for place, value in enumerate(values):
            record = decode(value)
            if isinstance(record, str):
                reasons[place] = [record]
                continue
            rows[place] = {field.name: typed(field, record.get(field.name)) for field in self.contract.fields}
            reasons[place] = [reason for field in self.contract.fields for reason in broken(field, field.name, record.get(field.name))]
            nested[place] = [
                reason for field in self.contract.fields if field.items for reason in broken_elements(field, record.get(field.name))
            ]
        table = self._rules.rows(list(rows.values()))
        for place, rules in zip(rows, self._rules.broken_in(table), strict=True):
            reasons[place] += [*(f"rule:{name}" for name in rules), *dict.fromkeys(nested[place])]
        sound = [place for place in rows if not reasons[place]]
        kept = table if len(sound) == len(rows) else table.filter(pa.array([not reasons[place] for place in rows], pa.bool_()))
        return Judged(kept, sound, {place: why for place, why in reasons.items() if why})
