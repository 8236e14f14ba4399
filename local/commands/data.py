"""produce, table, topics, mail and env: what flows through the stack."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Group
from rich.markup import escape

from include.contracts import load_contracts
from include.errors import SettingsError
from local import client, envfile, mails, tables
from local.commands.shown import out, table
from local.parts.mail import maildir
from local.settings import LocalSettings

# A table with more columns is shown row by row, upright.
WIDE = 8
USUAL_RATE = 20.0


def produce(
    feed: Annotated[str, typer.Argument(help="A feed, or [bold]all[/].")],
    rate: Annotated[
        float | None, typer.Option(min=0.001, help="Records a second and feed; without it 20, with --count as fast as it goes.")
    ] = None,
    count: Annotated[int | None, typer.Option(min=1, help="Records of each feed; without it until Ctrl-C.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same records.")] = 1,
    start: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="Event times from here (UTC).")
    ] = None,
    end: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="Event times up to here (UTC); without it up to now."),
    ] = None,
) -> None:
    """Send generated records to Kafka.

    Example: [bold]headwater produce all --rate 20[/], [bold]headwater produce metrics --count 1000 --from 2026-03-01 --to 2026-03-02[/]
    """
    from jobs.produce.run import produce as send

    if rate is None and count is None:
        rate = USUAL_RATE
    if start is not None and end is not None and start >= end:
        raise SettingsError("this is no span of time", where="--from, --to", value=f"{start} to {end}", fix="a --from before its --to")
    sent = send(chosen_feeds(feed), rate=rate, count=count, seed=seed, start=_utc(start), end=_utc(end), kafka=client.kafka())
    shown = table("feed", ">records")
    for name, number in sent.items():
        shown.add_row(name, str(number))
    out.print(shown)


def chosen_feeds(feed: str) -> list[str]:
    """The feed, by its name or its topic's, or all of them. SettingsError for one that no contract describes."""
    known = list(load_contracts().feeds)
    if feed == "all":
        return known
    name = feed.replace("-", "_")
    if name not in known:
        raise SettingsError("there is no such feed", where="FEED", value=feed, fix=f"known: all, {', '.join(known)}")
    return [name]


def show_table(
    name: Annotated[str, typer.Argument(help="An address such as gold.product_sales or bronze.metrics.")],
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show rows of a table, without Spark.

    Example: [bold]headwater table gold.product_sales[/], [bold]headwater table bronze.commandes_json --limit 3 --json[/]
    """
    found = tables.head(client.lake(), name, limit)
    rows = found.to_pylist()
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row, default=tables.readable, ensure_ascii=False))
    elif len(found.column_names) > WIDE:
        out.print(*(_upright(row) for row in rows), sep="\n")
    else:
        shown = table(*found.column_names)
        for row in rows:
            shown.add_row(*(tables.readable(value) for value in row.values()))
        out.print(shown)
    if not as_json:
        out.print(f"{len(rows)} rows", highlight=False)


def _upright(row: dict[str, object]) -> Group:
    """A row with many columns, a line for each."""
    width = max(map(len, row)) + 2
    lines = (f"{name:<{width}}{tables.readable(value)}" for name, value in row.items())
    from rich.text import Text

    return Group(*(Text(line) for line in lines), Text(""))


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
        shown.add_row(name, str(len(end)), str(sum(end.values()) - sum(begin.values())), offsets, "; ".join(differs))
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
        typer.echo(mails.readable(kept[number - 1]))
        return
    shown = table(">", "date", "to", "subject")
    for position, each in enumerate(kept, start=1):
        texts = (each["Date"] or "", each["To"] or "", mails.subject(each))
        shown.add_row(str(position), *(escape(str(text)) for text in texts))
    out.print(shown if kept else "no mail")


def env() -> None:
    """Print what lets a client in, for a shell.

    Example: [bold]eval "$(headwater env)"[/]
    """
    settings = LocalSettings.from_environment()
    client.environment(settings)
    for name, value in envfile.read(settings.env_file).items():
        typer.echo(f"export {name}={value}")


def _utc(when: datetime | None) -> datetime | None:
    return when.replace(tzinfo=UTC) if when else None
