"""Generators → Kafka: one feed or many, at a rate, for a count or until interrupted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from include.contracts import load_contracts
from include.settings import KafkaSettings
from jobs.produce.feeds import records
from jobs.produce.record import Record
from jobs.produce.send import send


def produce(
    feeds: Sequence[str],
    *,
    rate: float | None,
    count: int | None,
    seed: int,
    start: datetime | None,
    end: datetime | None,
    kafka: KafkaSettings,
) -> dict[str, int]:
    """The acknowledged records by feed. `rate` (records a second) and `count` are each feed's own; None: no limit.

    `start` alone reaches to now. The feeds take turns, so that all of them flow from the first second. Raises ContractError
    for a feed without a sound contract, TopicError where Kafka does not take it.
    """
    contracts = load_contracts()
    chosen = [contracts[feed] for feed in feeds]
    until = datetime.now(UTC) if start and not end else end
    streams = [records(contract, seed=seed, count=count, start=start, end=until) for contract in chosen]
    acknowledged = send(_in_turn(streams), rate * len(streams) if rate else None, kafka)
    return {contract.feed: acknowledged.get(contract.topic.name, 0) for contract in chosen}


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
