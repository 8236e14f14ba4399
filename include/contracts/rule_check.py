"""The rules of a contract over one record, without Spark: their Spark SQL as DuckDB understands it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from include.contracts.model import Contract, Field, Rule
from include.errors import ContractError

_TYPES = {"string": "VARCHAR", "int": "INTEGER", "bigint": "BIGINT", "double": "DOUBLE", "timestamp": "TIMESTAMPTZ", "boolean": "BOOLEAN"}


class RuleCheck:
    """Whether records keep the contract's rules. Any thread may ask."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._lock = threading.Lock()

    def broken(self, values: Mapping[str, Any]) -> list[str]:
        """The names of the rules that are not true of these typed values, hence also of those that are null. Raises ContractError
        for a rule that DuckDB cannot compute."""
        with self._lock:
            return [rule.name for rule in self._contract.rules if not self._holds(rule, values)]

    def fields_of(self, rule: Rule) -> set[str]:
        """The lower-case names that the rule's expression uses: of fields, and of the members of their elements."""
        found = sqlglot.parse_one(rule.expression, read="spark").find_all(exp.Identifier)
        return {identifier.name.lower() for identifier in found}

    def _holds(self, rule: Rule, values: Mapping[str, Any]) -> bool:
        try:
            row = self._duckdb.execute(self._queries[rule.name], [values.get(field.name) for field in self._contract.fields]).fetchone()
        except (duckdb.OutOfRangeException, duckdb.ConversionException):
            return False  # larger than any type holds: null to Spark
        except duckdb.Error as error:
            what = f"the rule {rule.name} cannot be computed without Spark: {error}"
            fix = "say it with functions that DuckDB has too"
            raise ContractError(what, file=str(self._contract.path), path="schema[0].quality", rule="rule", fix=fix) from error
        return row is not None and row[0] is True

    @cached_property
    def _duckdb(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(config={"threads": 1})
        connection.execute("set lambda_syntax = 'ENABLE_SINGLE_ARROW'")  # as sqlglot writes them
        return connection

    @cached_property
    def _queries(self) -> dict[str, str]:
        """Rule → a query with a parameter for each field."""
        given = ", ".join(f'cast(${place} as {_type(field)}) as "{field.name}"' for place, field in enumerate(self._contract.fields, 1))
        return {rule.name: f"select {_condition(rule.expression)} from (select {given})" for rule in self._contract.rules}


def _type(field: Field) -> str:
    if field.items:
        members = [f'"{member.name}" {_type(member)}' for member in field.items]
        return f"STRUCT({', '.join(members)})[]"
    return _TYPES.get(field.spark_type, field.spark_type.upper())


def _condition(expression: str) -> str:
    return sqlglot.parse_one(expression, read="spark").transform(_as_duckdb).sql(dialect="duckdb")


def _as_duckdb(node: exp.Expression) -> exp.Expression:
    """Functions over arrays have other names; what is null for one element is no condition that holds for all."""
    if isinstance(node, exp.Reduce):
        return exp.func("list_reduce", node.this, node.args["merge"], node.args["initial"])
    if isinstance(node, exp.Anonymous) and node.name.lower() == "forall":
        array, each = node.expressions
        fails = exp.Lambda(this=exp.not_(exp.func("coalesce", each.this, exp.false())), expressions=each.expressions)
        return exp.EQ(this=exp.func("len", exp.func("list_filter", array, fails)), expression=exp.Literal.number(0))
    return node
