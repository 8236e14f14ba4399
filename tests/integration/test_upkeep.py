"""Upkeep beside the commits: it moves rows, delays no commit, and does not weaken the fence."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from include import objects
from include.contracts import load_contracts
from include.delta_log import open_table, transaction_offsets
from include.errors import FencedError
from include.lease import acquire
from include.settings import LakeSettings
from jobs.stream import bronze, upkeep
from jobs.stream.feed import FeedStream
from jobs.stream.slices import Slice
from local.stack import Stack

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

TOPIC_ID, ROWS = "a-topic", 3


@pytest.fixture
def lake(stack: Stack) -> LakeSettings:
    shared = LakeSettings.from_environment(stack.client_environment())
    return dataclasses.replace(shared, uri=f"{shared.uri}/{uuid.uuid4().hex[:12]}")


@pytest.fixture
def feed(lake: LakeSettings) -> Iterator[FeedStream]:
    lease = acquire(lake, "stream-test")
    lease.keep()
    yield FeedStream.open(load_contracts()["clicks"], TOPIC_ID, (0,), lake, lease)
    lease.release()


def send(feed: FeedStream, commits: int) -> None:
    for _ in range(commits):
        first = feed.positions.get(0, 0)
        feed.offer([Slice(0, first, first + ROWS, _records(first))])
        feed.commit_pending()


def _records(first: int) -> pa.Table:
    now = datetime.now(UTC)
    same = {"topic": "clicks", "partition": 0, "timestamp": now, "timestamp_type": 0, "event_time": now, "event_date": now.date()}
    schema = pa.schema([field for field in bronze.SCHEMA if field.name not in ("topic_id", "ingested_at")])  # those the commit adds
    rows = [same | {"key": None, "value": b"{}", "headers": None, "offset": first + place} for place in range(ROWS)]
    return pa.Table.from_pylist(rows, schema=schema)


def offsets(lake: LakeSettings) -> list[int]:
    table = open_table(lake, "bronze.clicks")
    assert table is not None
    return sorted(table.to_pyarrow_table(columns=["offset"])["offset"].to_pylist())


def test_rows_and_offsets_are_the_same_after_merging_between_two_commits(feed: FeedStream, lake: LakeSettings):
    care = upkeep.TableCare(lake, "bronze.clicks")
    for _ in range(4):
        send(feed, upkeep.LOOK_EVERY_COMMITS)
        care.look()
    send(feed, 1)

    table = open_table(lake, "bronze.clicks")
    assert table is not None
    assert len(table.file_uris()) < 2 * upkeep.LOOK_EVERY_COMMITS
    records = ROWS * (4 * upkeep.LOOK_EVERY_COMMITS + 1)
    assert offsets(lake) == list(range(records))
    assert transaction_offsets(table, TOPIC_ID, [0]) == {0: records}


def test_a_table_is_opened_from_a_checkpoint(feed: FeedStream, lake: LakeSettings):
    send(feed, upkeep.CHECKPOINT_EVERY_VERSIONS)
    upkeep.TableCare(lake, "bronze.clicks").look()

    assert any(name.endswith(".checkpoint.parquet") for name in _log_objects(lake))


def test_driver_that_ends_soon_cleans_at_its_first_look(feed: FeedStream, lake: LakeSettings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(upkeep, "FILES_KEPT_HOURS", 0)
    send(feed, 30)
    files = _data_objects(lake)

    upkeep.TableCare(lake, "bronze.clicks").look()
    assert set(_data_objects(lake)) > set(files)
    upkeep.TableCare(lake, "bronze.clicks", at_once=True).look()

    assert set(files).isdisjoint(_data_objects(lake))
    assert offsets(lake) == list(range(30 * ROWS))


def test_a_merge_does_not_hide_another_writer(feed: FeedStream, lake: LakeSettings):
    send(feed, upkeep.LOOK_EVERY_COMMITS)
    other = FeedStream.open(feed.contract, TOPIC_ID, (0,), lake, feed.handle.lease)
    send(other, 1)
    upkeep.TableCare(lake, "bronze.clicks").look()

    with pytest.raises(FencedError):
        send(feed, 1)
    assert offsets(lake) == list(range(ROWS * (upkeep.LOOK_EVERY_COMMITS + 1)))


def test_two_merges_of_the_same_files_leave_each_row_once(feed: FeedStream, lake: LakeSettings):
    send(feed, upkeep.LOOK_EVERY_COMMITS)
    one, other = upkeep.TableCare(lake, "bronze.clicks"), upkeep.TableCare(lake, "bronze.clicks")
    one.look()
    other.look()

    assert offsets(lake) == list(range(ROWS * upkeep.LOOK_EVERY_COMMITS))


def _log_objects(lake: LakeSettings) -> list[str]:
    return _objects(lake, "_delta_log/")


def _data_objects(lake: LakeSettings) -> list[str]:
    return _objects(lake, "event_date=")


def _objects(lake: LakeSettings, start: str) -> list[str]:
    prefix = f"{lake.prefix}bronze/clicks/{start}"
    return [entry["Key"] for entry in objects.client(lake).list_objects_v2(Bucket=lake.bucket, Prefix=prefix)["Contents"]]
