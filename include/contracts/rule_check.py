"""The rules of a contract over records, without Spark."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

import pyarrow as pa
import sqlglot
from sqlglot import exp

from include.contracts.arrow_types import row_schema
from include.contracts.conditions import Conditions
from include.contracts.model import Contract, Rule


class RuleCheck:
    """Whether records keep the contract's rules. Any thread may ask. Every call may raise ContractError: for a rule that DuckDB
    cannot compute."""

    def __init__(self, contract: Contract) -> None:
        self._contract, self._schema = contract, row_schema(contract.fields)
        self._lock = threading.Lock()

    def rows(self, records: Sequence[Mapping[str, Any]]) -> pa.Table:
        """Typed values as a table, one row for each record."""
        return pa.Table.from_pylist(records, self._schema)

    def broken_in(self, rows: pa.Table) -> list[list[str]]:
        """For each row the names of the rules that are not true of it, hence also of those that are null."""
        with self._lock:
            held = {name: values.to_pylist() for name, values in self._conditions.of(rows).items()}
        return [[name for name, values in held.items() if values[place] is not True] for place in range(rows.num_rows)]

    def fields_of(self, rule: Rule) -> frozenset[str]:
        """The lower-case names that the rule's expression uses: of fields, and of the members of their elements."""
        return _names_in(rule.expression)

    @cached_property
    def _conditions(self) -> Conditions:
        return Conditions(str(self._contract.path), self._schema, {rule.name: rule.expression for rule in self._contract.rules})


@lru_cache(maxsize=1024)
def _names_in(expression: str) -> frozenset[str]:
    found = sqlglot.parse_one(expression, read="spark").find_all(exp.Identifier)
    return frozenset(identifier.name.lower() for identifier in found)
