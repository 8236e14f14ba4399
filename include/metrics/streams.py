"""The stream drivers, from what each last said of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from prometheus_client.metrics_core import Metric

from include.contracts import Contracts
from include.metrics.families import counter, gauge, histogram
from include.settings import LakeSettings
from include.streams.groups import stream_groups
from include.streams.state import FeedStatus, LiveStatus, StreamStatus, read_actual, read_desired
from include.watch.signals import is_alive

_FEED = ("group", "feed")
_TABLE = ("group", "table")


def stream_metrics(lake: LakeSettings, contracts: Contracts, now: datetime) -> Iterator[Metric]:
    """Raises StoreError when the store does not answer."""
    groups = list(stream_groups(contracts))
    wanted = {group: read_desired(lake, group).state == "running" for group in groups}
    found = {group: read_actual(lake, group) for group in groups}
    alive = [((group,), float(is_alive(status, now.timestamp()))) for group, status in found.items()]
    yield gauge("headwater_stream_up", "1 while the driver says that it is at work", ("group",), alive)
    yield gauge("headwater_stream_wanted", "1: the driver should be at work", ("group",), [((g,), float(on)) for g, on in wanted.items()])
    told = {group: status for group, status in found.items() if status is not None}
    yield from _of_groups(told)
    yield from _of_feeds({(group, feed): each for group, status in told.items() for feed, each in status.feeds.items()})
    yield from _of_live({(group, f"live.{name}"): each for group, status in told.items() for name, each in status.live.items()})


def _of_groups(told: Mapping[str, StreamStatus]) -> Iterator[Metric]:
    each = [((group,), status) for group, status in told.items()]
    by = ("group",)
    yield gauge("headwater_stream_started_timestamp_seconds", "When the driver started", by, [(g, s.started_at) for g, s in each])
    yield gauge("headwater_stream_published_timestamp_seconds", "When it last said how it is", by, [(g, s.published_at) for g, s in each])
    yield counter("headwater_stream_query_restarts", "Starts of its query after the first", by, [(g, s.restarts) for g, s in each])
    failures = [(g, s.lineage_failures) for g, s in each]
    yield counter("headwater_stream_lineage_failures", "Events of OpenLineage's that were not sent", by, failures)
    yield counter("headwater_stream_records", "Records in its micro-batches", by, [(g, s.records) for g, s in each])
    about = "From a micro-batch's records in Kafka to room for the next one"
    yield histogram("headwater_stream_batch_seconds", about, by, [(g, s.batch_durations) for g, s in each])


def _of_feeds(feeds: Mapping[tuple[str, str], FeedStatus]) -> Iterator[Metric]:
    each = list(feeds.items())
    yield counter("headwater_stream_rows", "Rows committed to bronze", _FEED, [(f, s.rows) for f, s in each])
    yield counter("headwater_stream_commits", "Commits to bronze", _FEED, [(f, s.commits) for f, s in each])
    yield counter("headwater_stream_failures", "Failures after which the feed was parked", _FEED, [(f, s.failures) for f, s in each])
    parked = [(f, float(s.parked_until is not None)) for f, s in each]
    yield gauge("headwater_stream_feed_parked", "1 while the driver has put the feed aside", _FEED, parked)
    yield gauge("headwater_stream_commit_timestamp_seconds", "When it last committed", _FEED, [(f, s.committed_at) for f, s in each])
    durations = [(f, s.commit_durations) for f, s in each]
    yield histogram("headwater_stream_commit_seconds", "How long a commit to bronze took", _FEED, durations)


def _of_live(tables: Mapping[tuple[str, str], LiveStatus]) -> Iterator[Metric]:
    each = list(tables.items())
    yield counter("headwater_live_rows", "Rows written; a window that grows is written again", _TABLE, [(t, s.rows) for t, s in each])
    yield counter("headwater_live_commits", "Commits to the live table", _TABLE, [(t, s.commits) for t, s in each])
    yield counter(
        "headwater_live_failures",
        "Failures after which it was parked, or went on without a feed",
        _TABLE,
        [(t, s.failures) for t, s in each],
    )
    yield gauge("headwater_live_commit_timestamp_seconds", "When it was last committed to", _TABLE, [(t, s.committed_at) for t, s in each])
