"""produce: generated records to Kafka, of the moment or of other days, sound or with faults."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Annotated

import typer

from include.contracts import load_contracts
from include.contracts.model import feed_of
from include.errors import SettingsError
from include.times import instant
from include.words import among
from local import client
from local.commands.shown import err, out, table
from local.progress import Progress

FIRST, LAST = datetime(2, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)  # of a span: records come late, and days end
USUAL_RATE = 20.0
USUAL_DAILY = 2000
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)([smhd]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_TIME_FIX = "a day (2026-01-31) or a time (2026-01-31T10:00, UTC unless it names an offset)"
_FAULTS = "Faults (shares of the records, 0 to 1)"


def produce(
    feed: Annotated[str, typer.Argument(help="A feed, or [bold]all[/].")],
    rate: Annotated[
        float | None,
        typer.Option(min=0.001, help="Records sent a second and feed; without it 20, with --count or --from as fast as it goes."),
    ] = None,
    count: Annotated[
        int | None, typer.Option(min=1, help=f"Records of each feed; with --from of each feed and UTC day, there {USUAL_DAILY} without it.")
    ] = None,
    duration: Annotated[
        str | None, typer.Option(metavar="TIME", help="How long: 30, 30s, 5m, 2h, 1d. With --from, how long a time the events are of.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same records.")] = 1,
    start: Annotated[str | None, typer.Option("--from", metavar="DAY|TIME", help="Event times from here (UTC).")] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="DAY|TIME", help="Event times up to this time, or to the end of this day; else to now.")
    ] = None,
    duplicates: Annotated[float, typer.Option(rich_help_panel=_FAULTS, help="Sent a second time, at once or later.")] = 0.0,
    late: Annotated[float, typer.Option(rich_help_panel=_FAULTS, help="Event time moved back.")] = 0.0,
    late_by: Annotated[float, typer.Option(rich_help_panel=_FAULTS, metavar="HOURS", help="By up to so many hours.")] = 24.0,
    broken: Annotated[float, typer.Option(rich_help_panel=_FAULTS, help="Breaks one of its contract's rules.")] = 0.0,
    undecodable: Annotated[float, typer.Option(rich_help_panel=_FAULTS, help="Bytes that are no JSON, or no UTF-8.")] = 0.0,
    unknown_fields: Annotated[float, typer.Option(rich_help_panel=_FAULTS, help="One more field than the contract knows.")] = 0.0,
) -> None:
    """Send generated records to Kafka.

    Example: [bold]headwater produce all --rate 20 --duration 5m[/],
    [bold]headwater produce all --from 2026-01-01 --to 2026-01-31[/] (whole days, the last one too),
    [bold]headwater produce metrics --count 1000 --duplicates 0.05 --late 0.1 --late-by 48 --broken 0.02[/]
    """
    from jobs.produce.faults import Faults
    from jobs.produce.run import produce as send
    from jobs.produce.send import RECORDS

    faults = Faults(duplicates, late, broken, undecodable, unknown_fields, late_by)
    if rate is not None and not isfinite(rate):
        raise SettingsError("this is no rate", where="--rate", value=rate, fix="records a second, such as 20")
    seconds = None if duration is None else duration_seconds(duration)
    first, until = span(start, end, seconds)
    if first is not None:
        count, daily, seconds = None, count or USUAL_DAILY, None
    else:
        daily, rate = None, USUAL_RATE if rate is None and count is None else rate
    feeds, kafka = chosen_feeds(feed), client.kafka()
    with Progress(err) as progress, progress.step("sending") as step:

        def tell(acknowledged: int) -> None:
            step.note = f"{acknowledged:,} acknowledged"

        sent = send(
            feeds,
            rate=rate,
            count=count,
            daily=daily,
            seconds=seconds,
            seed=seed,
            start=first,
            end=until,
            faults=faults,
            kafka=kafka,
            tell=tell,
        )
        tell(sum(each[RECORDS] for each in sent.values()))
    given = [fault for fault in Faults.shares() if getattr(faults, fault)]
    shown = table("feed", ">records", *(f">{fault.replace('_', ' ')}" for fault in given))
    for name, counted in sent.items():
        shown.add_row(name, *(f"{counted[what]:,}" for what in (RECORDS, *given)))
    out.print(shown)
    if given:
        out.print("Records are counted with their duplicates, and one with two faults under both.", highlight=False)


def chosen_feeds(feed: str, *, every: bool = True) -> list[str]:
    """The feed, by its name or its topic's, or all of them, where `every` may be. SettingsError for one that no contract describes."""
    known = list(load_contracts().feeds)
    if feed == "all" and every:
        return known
    name = feed_of(feed)
    if name not in known:
        raise SettingsError("there is no such feed", where="FEED", value=feed, fix=among(name, ["all", *known] if every else known))
    return [name]


def duration_seconds(text: str) -> float:
    """30 and 30s, 5m, 2h, 1d in seconds. SettingsError for anything else, and for no time at all."""
    match = _DURATION.fullmatch(text.strip())
    if not match or float(match[1]) == 0:
        raise SettingsError("this is no duration", where="--duration", value=text, fix="a number above 0 with s, m, h or d: 30s, 5m, 2h")
    return float(match[1]) * _SECONDS[match[2]]


def span(start: str | None, end: str | None, seconds: float | None) -> tuple[datetime | None, datetime | None]:
    """[start, end) of the event times; a day as `end` belongs to it. Without a start both are None: records are of the moment.

    Raises SettingsError for what is no time, and for a span that is none.
    """
    if start is None:
        if end is not None:
            raise SettingsError("there is an end and no start", where="--to", value=end, fix="give --from too")
        return None, None
    if end is not None and seconds is not None:
        raise SettingsError("the end is given twice", where="--to, --duration", value=end, fix="leave one of them out")
    first = _time("--from", start)
    try:
        if seconds is not None:
            until = first + timedelta(seconds=seconds)
        elif end is None:
            until = datetime.now(UTC)
        else:
            until = _time("--to", end) + timedelta(days=1 if _DAY.fullmatch(end) else 0)
    except OverflowError:
        what, given = "the span ends after the year 9999", end or seconds
        raise SettingsError(what, where="--to, --duration", value=given, fix="end it earlier") from None
    if first >= until:
        value = f"{start} to {end or 'now'}"
        raise SettingsError("this is no span of time", where="--from, --to", value=value, fix="a --from before its --to")
    if first < FIRST or until > LAST:
        fix = f"days after {FIRST.date()} and before {LAST.date()}"
        raise SettingsError("the span leaves the years that there are", where="--from, --to", value=f"{first} to {until}", fix=fix)
    return first, until


def _time(option: str, text: str) -> datetime:
    found = instant(f"{text}T00:00" if _DAY.fullmatch(text) else text)
    if found is None:
        raise SettingsError("this is no time", where=option, value=text, fix=_TIME_FIX)
    return found
