"""table, topics, mail and env: what flows through the stack."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from include.contracts import load_contracts
from include.delta_log import row_count
from include.errors import SettingsError
from include.settings import LakeSettings
from include.words import many, visible
from local import client, envfile, mails, tables
from local.commands.shown import out, plain, table, tell
from local.parts.mail import maildir
from local.settings import LocalSettings

# A table with more columns is shown row by row, upright.
WIDE = 8


def show_table(
    name: Annotated[str, typer.Argument(help="An address such as gold.product_sales or bronze.metrics; without one, all are listed.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show rows of a table, without Spark, or list the tables with how many they have.

    Example: [bold]headwater table[/],
    [bold]headwater table gold.product_sales[/], [bold]headwater table bronze.commandes_json --limit 3 --json[/]
    """
    if not name:
        out.print(listing(client.lake()))
        return
    found = tables.head(client.lake(), name, limit)
    rows = found.to_pylist()
    if as_json:
        for row in rows:
            typer.echo(visible(json.dumps(row, default=tables.readable, ensure_ascii=False)))
    elif len(found.column_names) > WIDE:
        out.print(*(_upright(row) for row in rows), sep="\n")
    else:
        shown = table(*found.column_names)
        for row in rows:
            shown.add_row(*(plain(tables.readable(value)) for value in row.values()))
        out.print(shown)
    if not as_json:
        tell(f"{len(rows):,} of {many(row_count(client.lake(), name), 'row')}")


def listing(lake: LakeSettings) -> Table:
    """All tables, and how many rows each has."""
    shown = table("table", ">rows")
    for address, rows in tables.rows(lake).items():
        shown.add_row(address, f"{rows:,}")
    return shown


def _upright(row: dict[str, object]) -> Group:
    """A row with many columns, a line for each."""
    width = max(map(len, row)) + 2
    lines = (f"{name:<{width}}{tables.readable(value)}" for name, value in row.items())
    return Group(*(Text(visible(line)) for line in lines), Text(""))


def topics() -> None:
    """List the topics: partitions, records, offsets, and what differs from the contracts.

    Example: [bold]headwater topics[/]
    """
    from include.kafka import all_begin_offsets, all_end_offsets
    from include.topics import reconcile_topics

    settings = client.kafka()
    contracts = list(load_contracts().feeds.values())
    names = [contract.topic.name for contract in contracts]
    begins, ends = all_begin_offsets(settings, names), all_end_offsets(settings, names)
    report = reconcile_topics(contracts, settings, apply=False)
    shown = table("topic", ">partitions", ">records", "offsets", "differs from its contract")
    for name in names:
        begin, end = begins.get(name, {}), ends.get(name, {})
        offsets = " ".join(f"{number}:{begin.get(number, 0)}–{offset}" for number, offset in sorted(end.items()))
        differs = [finding.what for finding in (*report.changes, *report.drift, *report.failures) if finding.topic == name]
        shown.add_row(name, str(len(end)), str(sum(end.values()) - sum(begin.values())), offsets, plain("; ".join(differs)))
    out.print(shown)


def mail(
    number: Annotated[int | None, typer.Argument(help="Show this mail, as numbered in the list.")] = None,
) -> None:
    """List the mails that the catcher has kept, newest last, or show one.

    Example: [bold]headwater mail[/], [bold]headwater mail 3[/]
    """
    kept = mails.kept(maildir(LocalSettings.from_environment()))
    if number is not None:
        if not 1 <= number <= len(kept):
            raise SettingsError(
                "there is no such mail", where="NUMBER", value=number, fix=f"1 to {len(kept)}" if kept else "there is none yet"
            )
        typer.echo(visible(mails.readable(kept[number - 1])))
        return
    shown = table(">", "date", "to", "subject")
    for position, each in enumerate(kept, start=1):
        texts = (each["Date"] or "", each["To"] or "", mails.subject(each))
        shown.add_row(str(position), *(plain(text) for text in texts))
    out.print(shown if kept else "no mail")


def env() -> None:
    """Print what lets a client in, for a shell.

    Example: [bold]eval "$(headwater env)"[/]
    """
    settings = LocalSettings.from_environment()
    client.environment(settings)
    for name, value in envfile.read(settings.env_file).items():
        typer.echo(f"export {name}={value}")
