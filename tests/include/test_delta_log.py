"""What is read of a table's log alone, and where the log is not enough."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from include.contracts import load_contracts
from include.days import stale_days
from include.delta_log import HeldDay, extents, held_days, newest_event_time, row_count, rows_by_day
from include.errors import StoreError
from include.settings import LakeSettings
from include.watch.lag_samples import LAG, SCHEMA, since

ADDRESS = "bronze.metrics"
NOW = datetime.now(UTC).replace(microsecond=0)
MIDDAY = NOW.replace(hour=12)


def write(lake: LakeSettings, *times: datetime | None) -> None:
    """A commit of rows with these event times, in a file for each of their days."""
    held = pa.array(times, pa.timestamp("us", "UTC"))
    days = pa.array([(at or MIDDAY).date() for at in times], pa.date32())
    write_deltalake(lake.table_uri(ADDRESS), pa.table({"event_time": held, "event_date": days}), mode="append", partition_by=["event_date"])


def test_no_table_and_no_time_are_no_event(lake: LakeSettings) -> None:
    assert newest_event_time(lake, ADDRESS) is None
    write(lake, None)
    assert newest_event_time(lake, ADDRESS) is None


def test_the_newest_event_of_all_days_counts(lake: LakeSettings) -> None:
    write(lake, NOW - timedelta(days=3), NOW - timedelta(hours=30))
    write(lake, NOW - timedelta(days=9))
    assert newest_event_time(lake, ADDRESS) == NOW - timedelta(hours=30)


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(days=1), timedelta(days=365 * 900)])
def test_an_event_that_is_dated_ahead_does_not_make_a_table_fresh(lake: LakeSettings, ahead: timedelta) -> None:
    write(lake, NOW + ahead)
    assert newest_event_time(lake, ADDRESS) is None
    write(lake, NOW - timedelta(days=2))
    assert newest_event_time(lake, ADDRESS) == NOW - timedelta(days=2)


def test_of_a_file_with_events_ahead_and_others_the_others_count(lake: LakeSettings) -> None:
    midnight = NOW.replace(hour=0, minute=0, second=0)
    last = NOW.replace(hour=23, minute=59, second=59)
    write(lake, midnight, last, None)
    assert newest_event_time(lake, ADDRESS) == (last if last <= datetime.now(UTC) + timedelta(minutes=5) else midnight)


def test_clocks_that_differ_a_little_are_no_future(lake: LakeSettings) -> None:
    write(lake, NOW + timedelta(minutes=2))
    assert newest_event_time(lake, ADDRESS) == NOW + timedelta(minutes=2)


def copied_by_hand(lake: LakeSettings) -> Path:
    """A file of two rows, and a copy of it that a commit written by hand has the log name, without a word on what is in it."""
    write(lake, MIDDAY, MIDDAY)
    folder = Path(lake.table_uri(ADDRESS))
    (name,) = pa.table(DeltaTable(folder).get_add_actions())["path"].to_pylist()
    copy = folder / Path(name).with_name("copy.parquet")
    shutil.copy(folder / name, copy)
    add = {"path": str(copy.relative_to(folder)), "partitionValues": {"event_date": str(MIDDAY.date())}, "size": copy.stat().st_size}
    entry = folder / "_delta_log" / f"{1:020d}.json"
    entry.write_text(json.dumps({"add": add | {"modificationTime": 0, "dataChange": True}}))
    return copy


def test_rows_of_a_file_whose_log_entry_does_not_say_how_many_are_counted_in_the_file(lake: LakeSettings) -> None:
    copied_by_hand(lake)
    assert rows_by_day(lake, ADDRESS) == {MIDDAY.date(): 4}
    assert row_count(lake, ADDRESS) == 4
    assert held_days(lake, ADDRESS) == {MIDDAY.date(): HeldDay(4)}
    assert extents(DeltaTable(lake.table_uri(ADDRESS)))[MIDDAY.date()].rows == 4


def test_a_day_with_such_a_file_is_to_be_built(lake: LakeSettings) -> None:
    copied_by_hand(lake)
    assert stale_days(lake, [load_contracts()["metrics"]]) == [MIDDAY.date()]


def test_a_damaged_file_of_which_the_log_says_nothing_is_named(lake: LakeSettings) -> None:
    copied_by_hand(lake).write_bytes(b"")
    with pytest.raises(StoreError, match=f"{ADDRESS.replace('.', '/')}/event_date=.*/copy.parquet"):
        rows_by_day(lake, ADDRESS)


def test_a_damaged_file_that_has_to_be_asked_for_its_times_is_an_error_of_the_store(lake: LakeSettings) -> None:
    write(lake, MIDDAY - timedelta(days=1), NOW + timedelta(days=30))
    times = pa.array([NOW - timedelta(days=1), NOW + timedelta(days=1)], pa.timestamp("us", "UTC"))
    rows = pa.table({"event_time": times, "event_date": pa.array([MIDDAY.date()] * 2, pa.date32())})
    write_deltalake(lake.table_uri(ADDRESS), rows, mode="append", partition_by=["event_date"])
    for file in Path(lake.table_uri(ADDRESS)).rglob("*.parquet"):
        file.write_bytes(b"no Parquet")
    with pytest.raises(StoreError, match="the table cannot be read"):
        newest_event_time(lake, ADDRESS)


def test_a_damaged_file_of_the_lag_is_an_error_of_the_store(lake: LakeSettings) -> None:
    row = {"feed": "clicks", "sampled_at": NOW, "event_date": NOW.date()}
    write_deltalake(lake.table_uri(LAG), pa.Table.from_pylist([row], SCHEMA), partition_by=["event_date"])
    for file in Path(lake.table_uri(LAG)).rglob("*.parquet"):
        file.write_bytes(b"no Parquet")
    with pytest.raises(StoreError, match="the table cannot be read"):
        since(lake, NOW - timedelta(minutes=10))
