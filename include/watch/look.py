"""One look at Kafka, at what the stream drivers say of themselves, and at the lag of every partition. Changes nothing."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from deltalake import DeltaTable

from include.catalog import live_tables
from include.contracts import Contract, Contracts
from include.delta_log import HeldDay, held_by, newest_event, open_table
from include.errors import StoreError, TopicError
from include.kafka import topic_partitions
from include.lag import FeedProgress, feed_progress
from include.settings import KafkaSettings, LakeSettings
from include.streams.groups import stream_groups
from include.streams.state import StreamStatus, read_actual, read_desired
from include.watch import lag_samples
from include.watch.disks import of_disks
from include.watch.history import LATELY, came_since, is_history
from include.watch.lag_samples import WINDOW, LagSample
from include.watch.peek import peek
from include.watch.signals import (
    Signal,
    is_alive,
    is_parked,
    of_freshness,
    of_kafka,
    of_lag,
    of_missing_topic,
    of_runway,
    of_stream,
    of_table,
    unseen_of_stream,
)
from include.watch.table_signals import accounts_since, judged_days, of_days, of_ledger, of_live, of_quarantine

_THREADS = 4
_BY_PROGRESS = ("topic", "table")  # what Kafka is asked for
_BY_WHAT_CAME = ("runway", "freshness", "live")
_BY_LAG = ("lag", *_BY_WHAT_CAME)


@dataclass(frozen=True)
class Look:
    """What is not as it should be, the lag of every partition that could be asked for, and the incidents that this look says nothing
    of, by id or by what their ids begin with: those that are open stay open."""

    signals: tuple[Signal, ...]
    samples: tuple[LagSample, ...] = ()
    unknown: tuple[str, ...] = ()


def look(kafka: KafkaSettings, lake: LakeSettings, contracts: Contracts) -> Look:
    """Raises StoreError where the store does not answer for any table."""
    groups, now = stream_groups(contracts), time.time()
    states = {group: (read_desired(lake, group), read_actual(lake, group)) for group in groups}
    signals = [signal for group, (desired, status) in states.items() for signal in of_stream(group, desired, status, now)]
    alive = {contract.feed for group, of_group in groups.items() if is_alive(states[group][1], now) for contract in of_group}
    wanted = [group for group, (desired, _) in states.items() if desired.state == "running"]
    unknown = [unseen for group, said in states.items() for unseen in unseen_of_stream(group, groups[group], *said, now)]
    by_tables = [*of_disks(), *_by_tables(lake, contracts)]
    try:
        found, more = _progress(kafka, lake, contracts)
        samples, young = _samples(kafka, lake, contracts, found, alive)
    except TopicError as error:
        return Look((of_kafka(error), *signals, *by_tables), (), (*unknown, *_BY_PROGRESS, *_BY_LAG))
    coming = {sample.feed for sample in samples if sample.arrived}
    newest, history = _newest(lake, contracts, coming)
    for group, of_group in groups.items():
        more += of_runway(group, of_group, samples)  # what is about to be lost is told, whoever stopped the stream
        if group in wanted:
            parked, at_work = _parked_and_live(states[group][1])
            read = [contract for contract in of_group if contract.feed not in parked]
            more += of_lag(group, read, samples)
            more += of_freshness(group, [each for each in read if each.feed not in history], samples, newest, datetime.now(UTC))
            more += of_live(group, of_group, at_work, newest, coming)
        if not all(contract.feed in found for contract in of_group):
            unknown += [f"{kind}/{group}" for kind in _BY_LAG]
            unknown += [f"table/{contract.feed}" for contract in of_group if contract.feed not in found]
        unknown += _unjudged(group, of_group, samples, young)
    return Look((*signals, *by_tables, *more), tuple(samples), tuple(unknown))


def _unjudged(group: str, contracts: Iterable[Contract], samples: Iterable[LagSample], young: Collection[str]) -> list[str]:
    """The incidents of a group of which nobody can say whether they are over, as nobody has looked for a time: what comes is known at
    the second look, and how the lag moves at the third."""
    feeds = {contract.feed for contract in contracts}
    first = any(sample.feed in feeds and sample.arrived is None for sample in samples)
    kinds = [*(_BY_WHAT_CAME if first else ()), *(("lag",) if not feeds.isdisjoint(young) else ())]
    return [f"{kind}/{group}" for kind in kinds]


def _parked_and_live(status: StreamStatus | None) -> tuple[set[str], list[str]]:
    """The feeds that the driver has put aside, which are told by themselves, and the live tables that it has not."""
    if status is None:
        return set(), []
    parked = {feed for feed, each in status.feeds.items() if is_parked(each)}
    return parked, [name for name, each in status.live.items() if not each.last_error]


def _progress(kafka: KafkaSettings, lake: LakeSettings, contracts: Contracts) -> tuple[dict[str, FeedProgress], list[Signal]]:
    """The progress of each feed that has a topic, and a table that can be read; and a signal for each that has not, and for each topic of
    ours that is missing."""
    existing = topic_partitions(kafka, [contract.topic.name for contract in contracts.with_topics])
    signals = [of_missing_topic(contract) for contract in contracts.with_topics if contract.topic.name not in existing]
    asked = [contract for contract in contracts.feeds.values() if contract.topic.name in existing]
    try:
        return feed_progress(kafka, lake, asked), signals
    except StoreError:
        return _one_by_one(kafka, lake, asked, signals)


def _one_by_one(
    kafka: KafkaSettings, lake: LakeSettings, asked: Iterable[Contract], signals: list[Signal]
) -> tuple[dict[str, FeedProgress], list[Signal]]:
    """So that one table that cannot be read hides no other. Raises StoreError where none can."""
    found: dict[str, FeedProgress] = {}
    last: StoreError | None = None
    for contract in asked:
        try:
            found |= feed_progress(kafka, lake, [contract])
        except StoreError as error:
            last, signals = error, [*signals, of_table(contract, error)]
    if last is not None and not found:
        raise last
    return found, signals


def _samples(
    kafka: KafkaSettings, lake: LakeSettings, contracts: Contracts, found: Mapping[str, FeedProgress], alive: Collection[str]
) -> tuple[list[LagSample], set[str]]:
    """A sample of each partition; and the feeds that were looked at too few times to be judged."""
    window = lag_samples.since(lake, datetime.now(UTC) - WINDOW)
    asked = {feed: contracts[feed] for feed in found}
    samples = lag_samples.judged(found, peek(kafka, lag_samples.places(found, asked)), asked, window, alive, datetime.now(UTC))
    return samples, lag_samples.too_young(samples, window)


def _by_tables(lake: LakeSettings, contracts: Contracts) -> list[Signal]:
    now = datetime.now(UTC)
    accounts = accounts_since(lake, judged_days(now.date())[-1])
    quarantine = of_quarantine(lake, contracts.feeds, accounts)
    days = of_days(contracts.feeds.values(), accounts, lambda contract: _held(lake, contract), now)
    return [*quarantine, *of_ledger(lake, contracts.feeds), *days]


def _held(lake: LakeSettings, contract: Contract) -> Mapping[date, HeldDay]:
    table = _open_if_sound(lake, contract.bronze)
    return {} if table is None else held_by(table)


def _open_if_sound(lake: LakeSettings, address: str) -> DeltaTable | None:
    """The table; None where there is none, or it cannot be read, so that it hides no other: a signal of its own tells of it. Raises
    StoreError where the store gives no answer."""
    try:
        return open_table(lake, address)
    except StoreError as error:
        if error.no_answer:
            raise
        return None


def _newest(lake: LakeSettings, contracts: Contracts, coming: Collection[str]) -> tuple[dict[str, datetime | None], set[str]]:
    """The newest event of bronze and of each live table of these feeds, by the table's address; and the feeds of which what comes is
    history."""
    since = datetime.now(UTC) - LATELY
    live = [f"live.{name}" for name, feeds in live_tables(contracts.feeds).items() if set(coming) & set(feeds)]
    addresses = [*(contracts[feed].bronze for feed in coming), *live]
    with ThreadPoolExecutor(_THREADS) as threads:
        opened = dict(zip(addresses, threads.map(lambda address: _open_if_sound(lake, address), addresses), strict=True))
        found = threads.map(lambda table: None if table is None else newest_event(table), opened.values())
        newest = dict(zip(opened, found, strict=True))
    history = {
        feed
        for feed in coming
        if (table := opened[contracts[feed].bronze]) is not None
        and is_history(came_since(table, since), timedelta(seconds=contracts[feed].sla.freshness_seconds))
    }
    return newest, history
