"""Spark SQL expressions in a contract: that they are ones, and name what is there."""

from __future__ import annotations

import re
from collections.abc import Iterator

import sqlglot
from sqlglot import exp

from include.contracts.problems import Problem

RULE_NAME = re.compile(r"[a-z][a-z0-9_]*")


def check_expression(rule: str, path: str, expression: object, known: set[str] | None) -> Iterator[Problem]:
    """It parses as one Spark SQL expression and names known columns alone, where these are given. Spark itself judges the types, in the
    tests."""
    if not isinstance(expression, str) or not expression.strip():
        yield Problem(rule, path, "the expression is empty", expression, "write a Spark SQL expression over the fields")
        return
    try:
        parsed = sqlglot.parse(expression, read="spark")
    except sqlglot.errors.SqlglotError as error:
        yield Problem(rule, path, f"the expression does not parse: {str(error).splitlines()[0]}", expression, "correct the expression")
        return
    if len(parsed) != 1 or parsed[0] is None or isinstance(parsed[0], exp.Query | exp.Alias | exp.Command):
        yield Problem(rule, path, "this is not one expression", expression, "one Spark SQL expression: no statement, no query, no alias")
        return
    lowered = {name.lower() for name in known or ()}
    for column in parsed[0].find_all(exp.Column):
        root = column.parts[0].name
        if known is not None and root.lower() not in lowered:
            yield Problem(rule, path, f"there is no column {root}", expression, f"known: {', '.join(sorted(known))}")
