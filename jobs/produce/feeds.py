"""Which generator makes which feed, and how its day is spread. A feed that is not listed has one made of its contract."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from include.contracts import Contract
from include.errors import SettingsError
from jobs.produce import clickstream, clock, commerce, crypto, generic, planets, smart_city
from jobs.produce.record import Message, Record, to_record


@dataclass(frozen=True)
class _Source:
    """A message for each time that it is given, and how busy the hours of its day are."""

    generate: Callable[[Random, Iterable[datetime]], Iterator[Message]]
    load: Sequence[float] = clock.STEADY


SOURCES = {
    "planet_discoveries": _Source(planets.discoveries),
    "traffic_sensors": _Source(smart_city.traffic_sensors),
    "public_transport": _Source(smart_city.public_transport, clock.RUSH_HOURS),
    "incidents": _Source(smart_city.incidents, clock.RUSH_HOURS),
    "clicks": _Source(clickstream.clicks, clock.EVENINGS),
    "views": _Source(clickstream.views, clock.EVENINGS),
    "ratings": _Source(clickstream.ratings, clock.EVENINGS),
    "crypto_prices": _Source(crypto.prices),
    "commandes_json": _Source(commerce.orders, clock.EVENINGS),
    "logs_application": _Source(commerce.log_lines, clock.OFFICE_HOURS),
    "metrics": _Source(commerce.metrics),
}


def records(
    contract: Contract,
    *,
    seed: int,
    count: int | None = None,
    daily: int | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> Iterator[Record]:
    """The feed's records: spread over [start, end) where these are given, else each of the moment in which it is asked for.

    `count` is their number; `daily` instead that of each UTC day which the span touches. One is made when it is asked for, and none is
    kept. The same arguments give the same records. Without a count those of the moment never end. Raises SettingsError where
    the times make no span.
    """
    source = SOURCES.get(contract.feed) or _Source(generic.generator(contract))
    times = _times(Random(f"{seed} {contract.feed} times"), count, daily, start, end, source.load)
    messages = source.generate(Random(f"{seed} {contract.feed}"), times)
    return (to_record(contract, message) for message in messages)


def _times(
    random: Random, count: int | None, daily: int | None, start: datetime | None, end: datetime | None, load: Sequence[float]
) -> Iterator[datetime]:
    if start is None and end is None and daily is None:
        return clock.now(count)
    if start is None or end is None or (count is None) == (daily is None):
        raise SettingsError(
            "a span needs a start, an end and a count", where="produce", value=(start, end, count, daily), fix="give all, and one count"
        )
    if start.tzinfo is None or end.tzinfo is None or start >= end:
        raise SettingsError(
            "this is no span of time", where="produce", value=(str(start), str(end)), fix="a start before an end, both with an offset"
        )
    if daily is not None:
        return clock.daily(random, daily, start, end, load)
    return clock.spread(random, count or 0, start, end, load)
