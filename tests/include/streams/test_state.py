"""What drivers say of themselves, read by others: of this version, of an earlier one, of a later one."""

from __future__ import annotations

from include import objects
from include.settings import LakeSettings
from include.streams.durations import BOUNDS, DurationFigures, Durations
from include.streams.state import FeedStatus, LiveStatus, StreamStatus, publish_actual, read_actual

STATUS = {"group": "all", "owner": "o", "epoch": 1, "host": "h", "pid": 1, "phase": "running"}
TIMES = {"started_at": 1.0, "published_at": 2.0, "writer": "driver"}


def test_what_is_published_is_what_is_read(lake: LakeSettings) -> None:
    figures = DurationFigures()
    figures.note(0.2)
    feeds = {"clicks": FeedStatus(rows=1, commits=2, failures=3, commit_durations=figures.told())}
    status = StreamStatus(**STATUS, **TIMES, batch_durations=figures.told(), records=4, feeds=feeds, live={"x": LiveStatus(1, 2, 3)})
    publish_actual(lake, status)
    assert read_actual(lake, "all") == status


def test_what_an_earlier_driver_does_not_tell_is_empty_and_what_a_later_one_adds_is_left_out(lake: LakeSettings) -> None:
    said = {**STATUS, **TIMES, "feeds": {"clicks": {"rows": 5, "mood": "good"}}, "live": {"x": {"rows": 1, "mood": "good"}}, "mood": "good"}
    objects.write(lake, "streams/all/actual.json", said)
    status = read_actual(lake, "all")
    assert status == StreamStatus(**STATUS, **TIMES, feeds={"clicks": FeedStatus(rows=5)}, live={"x": LiveStatus(rows=1)})
    assert status.batch_durations == status.feeds["clicks"].commit_durations == Durations()


def test_lag_is_what_is_unread_and_unknown_of_a_feed_that_is_not_opened() -> None:
    ends = {"0": 10, "1": 5}
    assert FeedStatus(next_offsets={"0": 4, "1": 5}, end_offsets=ends).lag == 6
    assert FeedStatus(next_offsets={"0": 12, "1": 4}, end_offsets=ends).lag == 1  # committed after Kafka was asked
    assert FeedStatus(next_offsets={"0": 10}, end_offsets=ends).lag == 5  # a partition that was added
    assert FeedStatus(end_offsets=ends).lag is None


def test_each_bucket_has_those_of_the_smaller_ones_and_the_last_one_all() -> None:
    figures = DurationFigures()
    for seconds in (0.0, BOUNDS[0], 0.051, BOUNDS[-1], 1e6):
        figures.note(seconds)
    told = figures.told()
    assert list(told.buckets) == [*(str(bound) for bound in BOUNDS), "+Inf"]
    assert (told.buckets["0.05"], told.buckets["0.1"], told.buckets["60.0"], told.buckets["+Inf"]) == (2, 3, 4, 5)
    assert told.seconds == 1e6 + 60.0 + 0.051 + 0.05
