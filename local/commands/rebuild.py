"""rebuild: days built again by the DAG of that name, followed to the end, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from include.errors import SettingsError
from include.rebuild_names import address_of
from include.rebuilds import APPLY, Rebuilt, applied_days, of_rebuild
from include.words import many
from local import client
from local.commands.run import airflow_runs, succeeds
from local.commands.shown import out, plain, table, tell

DAG = "rebuild"
_DAYS = ["%Y-%m-%d"]


def rebuild(
    names: Annotated[list[str] | None, typer.Argument(help="Systems, or tables such as product_sales: a table means its system.")] = None,
    first: Annotated[datetime | None, typer.Option("--from", formats=_DAYS, help="The first UTC day.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=_DAYS, help="The last UTC day; without it the first one alone.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Build the days. Without it: say what that would meet.")] = False,
    undo: Annotated[str, typer.Option(metavar="ID", help="Give the days of this rebuild back what they held before it.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Also where rows are lost by it; the refusal says which.")] = False,
) -> None:
    """Build days again, from bronze to gold, and say how many rows of each table came, went and changed; or undo that.

    Example: [bold]headwater rebuild commerce --from 2026-03-01 --to 2026-03-07[/], [bold]headwater rebuild traffic_5m --from 2026-03-01
    --apply[/], [bold]headwater rebuild --undo 20261120T093000-0a1b2c[/]
    """
    conf = _conf(names or [], first, last, apply, undo, force)
    if undo:
        applied_days(client.lake(client.running()), undo)  # refuses an id that has built no day
    runs = airflow_runs()
    runs.form(DAG)  # refuses a paused DAG
    run_id = runs.trigger(DAG, conf)
    if not succeeds(runs, DAG, run_id):
        raise typer.Exit(1)
    looked = runs.result(DAG, run_id, "preview")
    if conf["action"] == "preview":
        _show_preview(looked)
    else:
        _show_proof(looked["rebuild_id"], conf["action"])


def _conf(names: list[str], first: datetime | None, last: datetime | None, apply: bool, undo: str, force: bool) -> dict[str, Any]:
    if apply and undo:
        raise SettingsError("a rebuild is applied or undone", where="--apply, --undo", fix="give one of them")
    if not undo and not names:
        raise SettingsError("which tables?", where="NAMES", fix="name systems or tables, and --from; or --undo a rebuild")
    if not undo and first is None:
        raise SettingsError("which days?", where="--from", fix="give the first day, such as --from 2026-03-01")
    if last and not first:
        raise SettingsError("a last day means nothing without a first one", where="--to", value=last.date(), fix="give --from as well")
    days = {"from_day": first and first.date().isoformat(), "to_day": last and last.date().isoformat()}
    action = "undo" if undo else "apply" if apply else "preview"
    return {"tables": [address_of(name) for name in names], **days, "action": action, "rebuild_id": undo or None, "force": force}


def _show_preview(looked: dict[str, Any]) -> None:
    shown = table("system", "day", ">bronze rows", "bronze", ">rows built", ">bytes", ">estimate")
    for day in looked["days"]:
        lost = ", ".join(f"{feed} lacks {rows}" for feed, rows in day["missing"].items())
        rows, size = (sum(each[name] for each in day["tables"].values()) for name in ("rows", "bytes"))
        took = "unknown" if day["seconds"] is None else f"{day['seconds']:.0f} s"
        shown.add_row(day["system"], day["day"], str(day["bronze_rows"]), lost or "whole", str(rows), str(size), took)
    out.print(shown)
    tell("nothing is written; --apply builds the days")


def _show_proof(rebuild_id: str, action: str) -> None:
    """A line for each table: what that did to the rows of all its days."""
    rows = [row for row in of_rebuild(client.lake(), rebuild_id) if row.action == action and row.ended_at]
    of_table: dict[str, list[Rebuilt]] = {}
    for row in rows:
        of_table.setdefault(row.table, []).append(row)
    shown = table("table", ">days", "what that did to its rows", "on")
    for name, of_days in of_table.items():
        touched = [str(row.event_date) for row in of_days if row.touched]
        shown.add_row(plain(name), str(len(of_days)), what_changed(of_days), _in_short(touched))
    out.print(shown)
    days = many(len({(row.system, row.event_date) for row in rows}), "day")
    tell(f"{action} of {rebuild_id}: {days}, {many(len(of_table), 'table')}; each day of a table is a row of ops.rebuilds")
    if action == APPLY:
        tell(f"back again: headwater rebuild --undo {rebuild_id}")


def what_changed(rows: Sequence[Rebuilt]) -> str:
    """In words how many of a table's rows came, went and are not as they were, of all these days."""
    unknown = sum(row.rows_added is None for row in rows)
    counts = {word: sum(getattr(row, f"rows_{word}") or 0 for row in rows) for word in ("added", "removed", "changed")}
    said = [f"{many(count, 'row')} {word}" for word, count in counts.items() if count]
    said += [f"not known of {many(unknown, 'day')}, not built to the end before"] if unknown else []
    return ", ".join(said) or "no row added, removed or changed"


def _in_short(days: Sequence[str], most: int = 3) -> str:
    more = f" and {len(days) - most} more" if len(days) > most else ""
    return ", ".join(days[:most]) + more
