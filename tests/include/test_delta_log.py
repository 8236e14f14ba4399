"""What is read of a table's log alone, and where the log is not enough."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from include.delta_log import newest_event_time
from include.settings import LakeSettings

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
