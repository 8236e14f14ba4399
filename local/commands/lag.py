"""lag: how far bronze is behind Kafka, partition by partition, as of now."""

from __future__ import annotations

from typing import Annotated

import typer

from include.contracts import load_contracts
from include.watch.lag_samples import LagSample
from local import client
from local.commands.produce import chosen_feeds
from local.commands.shown import out, plain, table


def lag(feed: Annotated[str, typer.Argument(help="A feed, or [bold]all[/].")] = "all") -> None:
    """Show what bronze lacks of each partition, in records and seconds, and how long Kafka keeps what is unread.

    The states are explained in docs/watching.md. Example: [bold]headwater lag[/], [bold]headwater lag clicks[/]
    """
    from include.watch.look import look

    feeds = chosen_feeds(feed)
    seen = look(client.kafka(), client.lake(), load_contracts())
    shown = table("feed", ">partition", ">unread", ">oldest, s", ">records/s", ">runway, h", "state")
    for sample in sorted(seen.samples, key=lambda each: (each.feed, each.partition)):
        if sample.feed in feeds:
            shown.add_row(*_words(sample))
    out.print(shown)
    for signal in seen.signals:
        out.print(f"[red]{plain(signal.cause)}[/], {plain(f'{signal.where}: {signal.what}')}", soft_wrap=True, highlight=False)


def _words(sample: LagSample) -> tuple[str, ...]:
    figures = (sample.lag_seconds, sample.records_per_second, sample.runway_hours)
    shown = ("–" if figure is None else f"{figure:,.1f}" for figure in figures)
    return (sample.feed, str(sample.partition), f"{sample.lag_records:,}", *shown, sample.state)
