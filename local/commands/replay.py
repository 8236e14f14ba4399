"""replay: the quarantine of a feed, judged again under today's contract, and the days in question built again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from local.commands.produce import chosen_feeds
from local.commands.run import airflow_runs, succeeds
from local.commands.shown import tell

DAG = "replay_quarantine"


def replay(
    feed: Annotated[str, typer.Argument(help="A feed, such as metrics.")],
    reason: Annotated[
        list[str] | None,
        typer.Option(help="Rows with this reason, [bold]maximum:cpu_pct[/], or kind of reason, [bold]maximum[/]; may be repeated."),
    ] = None,
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="From this UTC day on.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Up to this UTC day, itself included.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Build the days again that have a row which passes now.")] = False,
) -> None:
    """Say how many quarantined rows keep today's contract, and with --apply build their days again. By the DAG replay_quarantine, which is
    followed to its end; exit code 1, with the failing task's log, unless it succeeds.

    Example: [bold]headwater replay metrics[/], [bold]headwater replay metrics --reason maximum:cpu_pct --from 2026-03-01 --apply[/]
    """
    (name,) = chosen_feeds(feed, every=False)
    days = {field: day.date().isoformat() for field, day in (("from_day", first), ("to_day", last)) if day}
    runs = airflow_runs()
    runs.form(DAG)  # raises where the DAG is paused
    run = runs.trigger(DAG, {"feed": name, "reasons": list(reason or ()), "action": "apply" if apply else "preview", **days})
    succeeded = succeeds(runs, DAG, run)
    if succeeded:
        for line in runs.told(DAG, run, "preview", "preview")["lines"]:  # type: ignore[attr-defined]
            tell(line)
    raise typer.Exit(0 if succeeded else 1)
