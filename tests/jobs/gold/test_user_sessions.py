"""gold.user_sessions: sessions per device and day."""

from __future__ import annotations

from datetime import timedelta

from pyspark.sql import SparkSession

from jobs.gold.user_sessions import user_sessions
from tests.jobs.bronze_rows import DAY, NOON
from tests.jobs.rows import rows
from tests.jobs.silver_rows import CLICKS, RATINGS, VIEWS, at, silver

COLUMNS = ("event_date", "device_type", "sessions", "avg_session_seconds", "events_per_session")


def event(user: int, clock: str, **more: object) -> dict[str, object]:
    return {"user_id": user, "event_time": at(clock), **more}


def test_more_than_half_an_hour_and_midnight_end_a_session(spark: SparkSession) -> None:
    tomorrow = DAY + timedelta(days=1)
    clicks = silver(spark, CLICKS, event(1, "09:30:00"), event(2, "09:00:00"))
    views = silver(
        spark,
        VIEWS,
        event(1, "09:00:00"),
        event(2, "09:20:00"),
        event(2, "09:10:00", device_type="tablet"),
        event(3, "23:50:00"),
        {"user_id": 3, "event_time": at("00:00:00", tomorrow)},
    )
    ratings = silver(spark, RATINGS, event(1, "10:00:00.000001"))
    assert rows(user_sessions(clicks, views, ratings), *COLUMNS) == [
        (DAY, "mobile", 2, 900.0, 1.5),  # user 1 from 9:00 to 9:30, and user 3 before midnight
        (DAY, "tablet", 1, 1200.0, 3.0),
        (DAY, "unknown", 1, 0.0, 1.0),  # user 1 at 10:00, a microsecond too late
        (tomorrow, "mobile", 1, 0.0, 1.0),
    ]


def test_events_of_one_instant_are_in_one_session_and_views_are_in_kafka_s_order(spark: SparkSession) -> None:
    clicks, ratings = silver(spark, CLICKS, event(3, "13:00:00")), silver(spark, RATINGS, event(3, "13:00:00"))
    views = silver(
        spark,
        VIEWS,
        event(1, "12:00:00", _offset=2, device_type="desktop"),
        event(1, "12:00:00", _offset=1, device_type="tablet"),
        event(2, "12:00:00", _offset=1, device_type="mobile", _timestamp=NOON + timedelta(seconds=1)),
        event(2, "12:00:00", _offset=2, device_type="desktop"),
        event(3, "12:00:00"),
    )
    assert rows(user_sessions(clicks, views, ratings), *COLUMNS[1:]) == [
        ("desktop", 1, 0.0, 2.0),
        ("mobile", 1, 0.0, 1.0),
        ("tablet", 1, 0.0, 2.0),
        ("unknown", 1, 0.0, 2.0),
    ]
