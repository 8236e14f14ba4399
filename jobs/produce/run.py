"""Generators → Kafka: one feed or many, at a rate, for a count or until interrupted."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import takewhile
from math import ceil

from include.contracts import load_contracts
from include.settings import KafkaSettings
from jobs.produce.faults import Faults, with_faults
from jobs.produce.feeds import records
from jobs.produce.record import Record
from jobs.produce.send import send

NO_FAULTS = Faults()


def produce(
    feeds: Sequence[str],
    *,
    rate: float | None,
    count: int | None,
    seed: int,
    start: datetime | None,
    end: datetime | None,
    kafka: KafkaSettings,
    daily: int | None = None,
    seconds: float | None = None,
    faults: Faults = NO_FAULTS,
    tell: Callable[[int], None] = lambda acknowledged: None,
) -> dict[str, Counter[str]]:
    """Feed → how many records were acknowledged (`RECORDS`), duplicates among them, and how many have each of the faults.

    `rate` (records a second) and `count` are each feed's own; None: no limit.

    `start` alone reaches to now; with `daily` in place of `count`, so many of each feed and UTC day. `seconds` ends the sending
    where the count has not; `tell` hears now and then how many are acknowledged. The feeds take turns, so that all of them flow
    from the first second. Raises ContractError for a feed without a sound contract, TopicError where Kafka does not take it.
    """
    contracts = load_contracts()
    chosen = [contracts[feed] for feed in feeds]
    until = datetime.now(UTC) if start and not end else end
    if rate and seconds is not None:
        due = ceil(rate * seconds)  # by the clock alone the last one would be a matter of milliseconds
        count = due if count is None else min(count, due)
    streams = [
        with_faults(records(contract, seed=seed, count=count, daily=daily, start=start, end=until), contract, faults, seed)
        for contract in chosen
    ]
    sent = _in_turn(streams) if seconds is None else _for_seconds(_in_turn(streams), seconds)
    acknowledged = send(sent, rate * len(streams) if rate else None, kafka, tell)
    return {contract.feed: acknowledged.get(contract.topic.name, Counter()) for contract in chosen}


def _for_seconds(stream: Iterator[Record], seconds: float) -> Iterator[Record]:
    """Those that are asked for within so many seconds of the first."""
    end = time.monotonic() + seconds
    return takewhile(lambda _: time.monotonic() < end, stream)


def _in_turn(streams: Sequence[Iterator[Record]]) -> Iterator[Record]:
    """One of each, again and again, until all have ended."""
    open_streams = list(streams)
    while open_streams:
        ended = []
        for stream in open_streams:
            try:
                yield next(stream)
            except StopIteration:
                ended.append(stream)
        open_streams = [stream for stream in open_streams if stream not in ended]
