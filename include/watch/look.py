"""One look at Kafka, at what the stream drivers say of themselves, and at the lag of every partition. Changes nothing."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from include.contracts import Contracts
from include.delta_log import newest_event_time
from include.errors import TopicError
from include.settings import KafkaSettings, LakeSettings
from include.streams.groups import stream_groups
from include.streams.state import read_actual, read_desired
from include.watch import lag_samples
from include.watch.lag_samples import WINDOW, LagSample
from include.watch.signals import Signal, is_alive, of_freshness, of_kafka, of_lag, of_stream

_THREADS = 4


def look(kafka: KafkaSettings, lake: LakeSettings, contracts: Contracts) -> tuple[list[Signal], Sequence[LagSample]]:
    """What is not as it should be, and the lag of every partition; no lag while Kafka does not answer. Raises StoreError."""
    groups, now = stream_groups(contracts), time.time()
    states = {group: (read_desired(lake, group), read_actual(lake, group)) for group in groups}
    signals = [signal for group, (desired, status) in states.items() for signal in of_stream(group, desired, status, now)]
    alive = {contract.feed for group, of_group in groups.items() if is_alive(states[group][1], now) for contract in of_group}
    try:
        window = lag_samples.since(lake, datetime.now(UTC) - WINDOW)
        samples = lag_samples.look(kafka, lake, list(contracts.feeds.values()), window, alive)
    except TopicError as error:
        return [of_kafka(error), *signals], []
    newest = _newest(lake, contracts, {sample.feed for sample in samples if sample.arrived})
    for group, (desired, _) in states.items():
        if desired.state == "running":  # one that somebody has stopped has no lag that would be news
            signals += of_lag(group, groups[group], samples)
            signals += of_freshness(group, groups[group], samples, newest, datetime.now(UTC))
    return signals, samples


def _newest(lake: LakeSettings, contracts: Contracts, feeds: Collection[str]) -> dict[str, datetime | None]:
    with ThreadPoolExecutor(_THREADS) as threads:
        return dict(zip(feeds, threads.map(lambda feed: newest_event_time(lake, contracts[feed].bronze), feeds), strict=True))
