"""silver.application_logs → gold.log_levels_1m, one row a module and minute with lines; live.log_levels_1m is the same of what has
arrived."""

from __future__ import annotations

from ibis import Table

from jobs.common.windows import Fields, Part, WindowTable, count

ERRORS = ("ERROR", "CRITICAL")


def parts(lines: Table) -> dict[str, Part]:
    return {"lines": count(lines._offset.notnull()), "errors": count(lines.level.isin(ERRORS))}


def columns(module: Table) -> Fields:
    """How many lines each module logged in each minute, and how many of them are errors, critical ones among them."""
    return {"log_count": module.lines.cast("int64"), "error_count": module.errors.cast("int64")}


log_levels_1m = WindowTable(1, ("module",), {"module": "string", "level": "string"}, parts, columns)
