"""A feed's records → typed rows or reasons, without Spark: what validate.py says of a day's records, said of a few at once.

The two agree record by record (tests/jobs/common/test_records.py holds them against each other).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from include.contracts.model import Contract
from jobs.common.arrow_types import row_schema
from jobs.common.conditions import Conditions
from jobs.common.json_record import Undecodable, read_object
from jobs.common.record_fields import element_reasons, reasons, typed


@dataclass(frozen=True)
class Judged:
    """`rows`: the contract's fields, one row for each value that keeps the contract; `places`: which value each row is of;
    `reasons`: place → why a value does not keep it, in the order of validate.py; a dead letter has one reason."""

    rows: pa.Table
    places: list[int]
    reasons: dict[int, list[str]]


class RecordReader:
    """Reads the values of one feed. One thread at a time. Raises ContractError for a rule that only Spark can run."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.schema = row_schema(contract.fields)
        self._fields = [(field, typed(field)) for field in contract.fields]
        self._rules = Conditions(str(contract.path), self.schema, {rule.name: rule.expression for rule in contract.rules})

    def judge(self, values: Sequence[bytes | None]) -> Judged:
        found: dict[int, tuple[list[str], list[str]]] = {}
        dead: dict[int, list[str]] = {}
        rows: list[dict[str, Any]] = []
        for place, value in enumerate(values):
            try:
                row, *why = self._read(value)
            except Undecodable as reason:
                dead[place] = [str(reason)]
                continue
            rows.append(row)
            found[place] = (why[0], why[1])
        table = pa.Table.from_pylist(rows, self.schema)
        broken = self._broken_rules(table)
        told = {place: [*own, *rules, *nested] for (place, (own, nested)), rules in zip(found.items(), broken, strict=True)}
        sound = [place for place, why in told.items() if not why]
        kept = table if len(sound) == len(rows) else table.filter(pa.array([not why for why in told.values()], pa.bool_()))
        return Judged(kept, sound, dead | {place: why for place, why in told.items() if why})

    def _read(self, value: bytes | None) -> tuple[dict[str, Any], list[str], list[str]]:
        raw = read_object(value)
        row, own, nested = {}, [], []
        for field, read in self._fields:
            given = raw.get(field.name)
            row[field.name] = None if given is None else read(given)
            own += reasons(field, given, row[field.name])
            nested += element_reasons(field, given, row[field.name])
        return row, own, nested

    def _broken_rules(self, table: pa.Table) -> list[list[str]]:
        """For each row the rules that do not hold, among them those that are null."""
        held = {name: values.to_pylist() for name, values in self._rules.of(table).items()}
        return [[f"rule:{name}" for name, values in held.items() if values[place] is not True] for place in range(table.num_rows)]
