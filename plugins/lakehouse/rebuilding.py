"""Building days again, with a proof of what that did, and back again: what the tasks of the DAG `rebuild` do.

A day is built by the functions of the daily batch, and by no others. What is special here is what is noted before and after.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from include.errors import SettingsError
from include.rebuild_names import systems_named
from include.words import many
from lakehouse.rebuild_form import days_asked, pieces

if TYPE_CHECKING:
    from airflow.sdk import Context
    from pyspark.sql import SparkSession

    from include.rebuild_preview import DayPreview
    from include.rebuilds import Rebuilt

log = logging.getLogger(__name__)

Params = Mapping[str, Any]
Counts = dict[str, dict[str, int | None]]


def rebuild_id(context: Context, params: Params) -> str:
    """Of an undoing the one that the form names, else that of the run."""
    from include.rebuilds import id_of_run

    if params["action"] != "undo":
        return id_of_run(context["run_id"], context["dag_run"].run_after)
    if not params["rebuild_id"]:
        raise SettingsError(
            "an undoing needs the rebuild's id",
            where="rebuild_id",
            fix="the end of the rebuild told it, and `headwater table ops.rebuilds` has it",
        )
    return params["rebuild_id"]


def asked(params: Params) -> list[tuple[str, date]]:
    """System and day of each piece of work: those of the form, or those of the rebuild to undo that the form does not leave out."""
    systems, days = systems_named(params["tables"]), days_asked(params)
    if params["action"] != "undo":
        if not systems or not days:
            raise SettingsError("which tables, and which days?", where="tables, from_day", fix="name at least one table and the first day")
        return pieces(systems, days)
    from include.rebuilds import applied_days
    from include.settings import LakeSettings

    applied = applied_days(LakeSettings.from_environment(), params["rebuild_id"] or "")
    return [(system, day) for system, day in applied if (not systems or system in systems) and (not days or day in days)]


def look(context: Context, params: Params) -> dict[str, Any]:
    """The rebuild's id and what each day is like now, for people and for the command line; the log has it in words."""
    from include.rebuild_preview import preview
    from include.settings import LakeSettings
    from lakehouse.triggers import system_contracts

    lake, rebuild, found = LakeSettings.from_environment(), rebuild_id(context, params), []
    wanted = asked(params)
    for system in dict.fromkeys(system for system, _ in wanted):
        found += preview(lake, system, system_contracts(system), [day for of, day in wanted if of == system])
    log.info("Rebuild %s, %s of %s", rebuild, params["action"], many(len(found), "day"))
    for day in found:
        log.info("%s", in_words(day))
    return {"rebuild_id": rebuild, "action": params["action"], "days": [_as_json(day) for day in found]}


def in_words(day: DayPreview) -> str:
    """A line for the day, and one for each table that has rows of it."""
    took = "no rebuild yet to estimate from" if day.seconds is None else f"about {day.seconds:.0f} s"
    lost = [f"{feed} lacks {rows} that silver was built from" for feed, rows in day.missing.items()]
    whole = f"bronze has lost rows: {', '.join(lost)}; refused unless forced" if lost else "bronze has everything"
    tables = [f"\n  {address}: {many(now.rows, 'row')}, {many(now.bytes, 'byte')}" for address, now in day.tables.items() if now.rows]
    return f"{day.system} {day.day}: {many(day.bronze_rows, 'row')} in bronze, {whole}; {took}" + "".join(tables)


def carry_out(spark: SparkSession, piece: str, params: Params, context: Context) -> Counts:
    """Builds a day again, or undoes that; table → rows added, removed and changed, and the versions before and after."""
    from include.settings import LakeSettings
    from jobs.gold.run import bring_up_to_date
    from jobs.maintain.restore import undo_day
    from lakehouse.triggers import system_contracts

    system, text = piece.split(" ")
    day, rebuild = date.fromisoformat(text), rebuild_id(context, params)
    lake, contracts = LakeSettings.from_environment(), system_contracts(system)
    if params["action"] == "undo":

        def undivided(names):  # type: ignore[no-untyped-def]
            bring_up_to_date(spark, lake, names, day, context["run_id"])

        return told(undo_day(spark, lake, rebuild, system, day, context["run_id"], contracts, undivided, params["force"]))
    return told(rebuild_day(spark, lake, rebuild, system, day, context["run_id"], contracts, params["force"]))


def rebuild_day(spark, lake, rebuild, system, day, run_id, contracts, forced=False) -> list[Rebuilt]:  # type: ignore[no-untyped-def]
    """Builds the day as the daily batch does, and writes what that did to ops.rebuilds.

    Raises RebuildRefused, before anything is written, where bronze has fewer rows than the day was built from, unless `forced`; a feed
    whose retention has taken the day is left out where there are others: gold of several feeds is built from its silver as it is.
    Idempotent: a try after a crash notes what there was before the first one.
    """
    from include.bronze_losses import past_retention
    from include.days import kept_by_bronze, lost_error, lost_rows
    from jobs.gold.run import build_gold
    from jobs.maintain.proof import begin, end
    from jobs.silver.run import build_silver, check_day

    built = contracts
    if not forced:
        if lost := lost_rows(lake, [contract for contract in contracts if not past_retention(contract, day)], day):
            raise lost_error(contracts, day, lost)
        built = kept_by_bronze(lake, contracts, day)
    begun = begin(lake, rebuild, "apply", system, day, run_id, built, contracts)
    build_silver(spark, system, day, run_id, lake=lake, contracts=built, forced=forced)
    check_day(system, day, lake=lake, contracts=built)
    build_gold(spark, system, day, run_id, lake=lake, contracts=contracts)
    return end(spark, lake, begun, built)


def told(rows: list[Rebuilt]) -> Counts:
    """The proof for the task's log and its result."""
    figures = ("rows_before", "rows_after", "rows_added", "rows_removed", "rows_changed", "version_before", "version_after")
    for row in rows:
        changes = f"{row.rows_added} added, {row.rows_removed} removed, {row.rows_changed} changed"
        changes = "what came and went is not known" if row.rows_added is None else changes
        versions = f"version {row.version_before} → {row.version_after}"
        log.info("%s: rows %s → %s: %s; %s", row.table, row.rows_before, row.rows_after, changes, versions)
    return {row.table: {name: getattr(row, name) for name in figures} for row in rows}


def _as_json(day: DayPreview) -> dict[str, Any]:
    tables = {address: asdict(now) for address, now in day.tables.items()}
    whole = {"bronze_rows": day.bronze_rows, "missing": day.missing, "seconds": day.seconds}
    return {"system": day.system, "day": day.day.isoformat(), **whole, "tables": tables}
