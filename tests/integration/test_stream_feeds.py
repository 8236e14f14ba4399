"""One feed of a driver fails: the others go on without it."""

from __future__ import annotations

import pytest

from include import objects
from include.streams import state
from tests.integration.streams import GROUP, Streams, eventually

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]


def test_a_feed_whose_table_is_broken_stops_alone_and_rejoins(driver_streams: Streams):
    lake = driver_streams.lake
    broken = f"{lake.prefix}bronze/incidents/_delta_log/00000000000000000000.json"
    objects.client(lake).put_object(Bucket=lake.bucket, Key=broken, Body=b"not a log")
    driver_streams.send("incidents", [b"{}"] * 5)
    driver_streams.send("metrics", [b"{}"] * 5)
    driver_streams.run()
    whole = sum(driver_streams.ends()["metrics"].values())
    eventually(lambda: driver_streams.rows("metrics", ["offset"]).num_rows == whole, "the other feeds go on")
    eventually(lambda: bool(_last_error(driver_streams, "incidents")), "the error is published")

    objects.client(lake).delete_object(Bucket=lake.bucket, Key=broken)

    eventually(driver_streams.landed, "the feed rejoins")
    assert driver_streams.differences() == {}


def _last_error(streams: Streams, feed: str) -> str | None:
    status = state.read_actual(streams.lake, GROUP)
    return status.feeds[feed].last_error if status else None
