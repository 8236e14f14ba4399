"""How far bronze is behind Kafka, as the last look of the DAG `watch` had it, and what the contracts allow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.metrics_core import Metric

from include.contracts import Contracts
from include.metrics.families import gauge, seconds_of
from include.metrics.remembered import Remembered
from include.watch.lag_samples import LAG, WINDOW, LagSample

_PLACE = ("feed", "partition")
_SECONDS_AN_HOUR = 3600.0


def lag_metrics(samples: Remembered[list[LagSample]], contracts: Contracts, now: datetime) -> Iterator[Metric]:
    """Nothing of a partition that was not looked at for as long as the window is: an old lag is none. Raises StoreError."""
    looked = samples.of(LAG) or []
    newest = {(sample.feed, str(sample.partition)): sample for sample in looked if sample.sampled_at >= now - WINDOW}
    yield from _of_partitions(newest)
    limits = [((contract.feed,), contract.sla) for contract in contracts.feeds.values()]
    by = ("feed",)
    yield gauge("headwater_lag_limit_records", "Unread records that the contract allows", by, [(f, s.lag_records) for f, s in limits])
    about = "Age of the newest event that the contract allows"
    yield gauge("headwater_freshness_limit_seconds", about, by, [(f, s.freshness_seconds) for f, s in limits])


def _of_partitions(newest: dict[tuple[str, str], LagSample]) -> Iterator[Metric]:
    each = list(newest.items())
    yield gauge("headwater_lag_records", "Offsets that bronze lacks", _PLACE, [(p, s.lag_records) for p, s in each])
    yield gauge("headwater_lag_seconds", "Age of the first unread record; none has no time", _PLACE, [(p, s.lag_seconds) for p, s in each])
    states = [((*p, s.state), 1.0) for p, s in each]
    yield gauge("headwater_lag_state", "1 for the state that its movement is judged to be", (*_PLACE, "state"), states)
    about = "Until Kafka deletes the first unread record; absent while that is not in sight"
    left = [(p, None if s.runway_hours is None else s.runway_hours * _SECONDS_AN_HOUR) for p, s in each]
    yield gauge("headwater_retention_runway_seconds", about, _PLACE, left)
    yield gauge("headwater_kafka_end_offset", "The offset that the next record gets", _PLACE, [(p, s.end_offset) for p, s in each])
    yield gauge("headwater_bronze_next_offset", "The next offset that bronze lacks", _PLACE, [(p, s.next_offset) for p, s in each])
    looks = [(p, seconds_of(s.sampled_at)) for p, s in each]
    yield gauge("headwater_lag_looked_timestamp_seconds", "When the DAG `watch` looked", _PLACE, looks)
