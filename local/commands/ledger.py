"""ledger: an audit, here and now, and what it found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from include.contracts import load_contracts
from include.words import visible
from local import client
from local.commands.produce import chosen_feeds
from local.commands.shown import out, plain, table, tell

if TYPE_CHECKING:
    from jobs.audit.verdict import Audit


def ledger(
    feed: Annotated[str, typer.Argument(help="A feed, or [bold]all[/].")] = "all",
    days: Annotated[bool, typer.Option("--days", help="The days, too; a row is late if it came when its UTC day was over.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line: partitions, days with --days, and the verdict.")] = False,
) -> None:
    """Audit bronze against its own logs and Kafka: is every record there, once? Exit code 1 where something is open that should be closed.

    Example: [bold]headwater ledger[/], [bold]headwater ledger clicks --days[/], [bold]headwater ledger --json[/]
    """
    from jobs.audit.run import audit

    names, environment, contracts = chosen_feeds(feed), client.running(), load_contracts()
    found = audit(client.lake(environment), [contracts[name] for name in names], client.kafka(environment))
    (_print_json if as_json else _print)(found, days)
    if found.findings:
        raise typer.Exit(1)


def _print(found: Audit, days: bool) -> None:
    shown = table("feed", "topic id", ">partition", ">next offset", ">rows", ">gaps", "state")
    for each in (ledger for feed in found.feeds for ledger in feed.partitions):
        gaps = ", ".join(f"{len(offsets):,} {reason}" for reason, offsets in sorted(each.gaps.items()))
        end = "" if each.next_offset is None else f"{each.next_offset:,}"
        number = "" if each.partition is None else str(each.partition)
        state = "closed" if each.is_closed else "[red]open[/]"
        shown.add_row(each.feed, plain(each.topic_id or ""), number, end, f"{each.held.rows:,}", plain(gaps), state)
    out.print(shown)
    if days:
        out.print("", _days(found), sep="\n")
    for finding in found.findings:
        tell(finding)
    tell(found.verdict)


def _days(found: Audit) -> Table:
    shown = table("feed", "day", ">bronze", ">silver", ">superseded", ">quarantine", ">dead letters", ">late", "state")
    for day in (day for feed in found.feeds for day in feed.days):
        counts = (day.bronze, day.silver, day.superseded, day.quarantine, day.dead_letters, day.late)
        state = day.state if day.finding is None else f"{'[red]open[/]' if day.wrong else 'open'}: {plain(day.finding)}"
        shown.add_row(day.feed, str(day.event_date), *(f"{count:,}" for count in counts), state)
    return shown


def _print_json(found: Audit, days: bool) -> None:
    from jobs.audit.days import row as day_row
    from jobs.audit.partitions import row as partition_row

    for feed in found.feeds:
        for ledger in feed.partitions:
            _line({"table": "ops.ledger"} | partition_row(ledger, found.audited_at))
        for day in feed.days if days else ():
            _line({"table": "ops.ledger_days"} | day_row(day, found.audited_at))
    _line({"verdict": found.verdict, "closed": not found.findings, "findings": list(found.findings)})


def _line(value: dict[str, object]) -> None:
    typer.echo(visible(json.dumps(value, default=str, ensure_ascii=False)))
