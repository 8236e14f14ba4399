"""Spark SQL expressions of a contract, run on DuckDB over Arrow tables: for programs without Spark.

SQLGlot translates them; what the two engines call differently beyond that is said here. A contract's tests hold both against the
same examples.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pyarrow as pa
import sqlglot
from sqlglot import exp

from include.errors import ContractError


class Conditions:
    """Named expressions over the columns of a table. One thread at a time."""

    def __init__(self, where: str, schema: pa.Schema, expressions: Mapping[str, str]) -> None:
        """`where` they were read. Raises ContractError for an expression that DuckDB cannot run."""
        self._names = list(expressions)
        self._duckdb = duckdb.connect(config={"threads": 1})
        self._duckdb.sql("set lambda_syntax = 'ENABLE_SINGLE_ARROW'")
        self._columns: list[str] = []
        empty = schema.empty_table()
        for name, expression in expressions.items():
            what = f"the stream cannot run the expression {name}"
            try:
                self._columns.append(_on_duckdb(expression))
                of_nothing = self._select(empty, self._columns[-1:])
            except (duckdb.Error, sqlglot.errors.SqlglotError) as error:
                fix = "write it with functions that Spark and DuckDB both have; forall, exists and aggregate are translated"
                raise ContractError(f"{what}: {str(error).splitlines()[0]}", where=where, value=expression, fix=fix) from error
            if of_nothing.num_rows:
                fix = "say it of one row; what is about many is a rule over a live window"
                raise ContractError(f"{what}: it is one figure of many rows", where=where, value=expression, fix=fix)

    def of(self, rows: pa.Table) -> dict[str, pa.ChunkedArray]:
        """Name → the expression's value in each row."""
        if not self._names:
            return {}
        return dict(zip(self._names, self._select(rows, self._columns).columns, strict=True))

    def _select(self, rows: pa.Table, columns: list[str]) -> pa.Table:
        """What no type holds is null, as to Spark; all else has its value."""
        listed = ", ".join(f"({column}) as c{place}" for place, column in enumerate(columns))
        try:
            return self._duckdb.register("rows", rows).sql(f"select {listed} from rows").to_arrow_table()
        except (duckdb.OutOfRangeException, duckdb.ConversionException):
            if len(columns) > 1:
                return pa.table({f"c{place}": self._select(rows, [column])["c0"] for place, column in enumerate(columns)})
            if rows.num_rows == 1:
                return pa.table({"c0": pa.nulls(1)})
            half = rows.num_rows // 2
            halves = [self._select(part, columns) for part in (rows.slice(0, half), rows.slice(half))]
            return pa.concat_tables(halves, promote_options="permissive")


def _on_duckdb(expression: str) -> str:
    tree = sqlglot.parse_one(expression, read="spark")
    return tree.transform(_translated).sql(dialect="duckdb")


def _translated(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Reduce):
        return exp.func("list_reduce", node.this, node.args["merge"], node.args["initial"])
    if isinstance(node, exp.Anonymous) and node.name.lower() == "forall":
        return _over_elements("list_bool_and", node.expressions[0], node.expressions[1], of_nothing="true")
    if isinstance(node, exp.Exists) and isinstance(node.expression, exp.Lambda):
        return _over_elements("list_bool_or", node.this, node.expression, of_nothing="false")
    return node


def _over_elements(function: str, array: exp.Expression, condition: exp.Expression, of_nothing: str) -> exp.Expression:
    """Null where the array is; a condition that is null of an element does not hold for it."""
    certain = condition.copy()
    certain.set("this", exp.func("coalesce", certain.this, exp.false()))
    found = exp.func(function, exp.func("list_transform", array, certain))
    held = exp.func("coalesce", found, exp.true() if of_nothing == "true" else exp.false())
    return exp.Case().when(exp.Is(this=array.copy(), expression=exp.Null()), exp.Null()).else_(held)
