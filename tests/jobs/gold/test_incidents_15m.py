"""gold.incidents_15m: incidents per zone, severity and quarter of an hour, and their alert level."""

from __future__ import annotations

from pyspark.sql import SparkSession

from jobs.gold.incidents_15m import incidents_15m
from tests.jobs.bronze_rows import DAY
from tests.jobs.rows import rows
from tests.jobs.silver_rows import INCIDENTS, at, silver


def many(count: int, zone: str, severity: str, clock: str = "12:00:00") -> list[dict[str, object]]:
    return [{"zone": zone, "severity": severity, "event_time": at(clock)}] * count


def test_five_of_one_severity_raise_the_level_by_one(spark: SparkSession) -> None:
    expected = [
        ("a", "low", 4, "yellow"),
        ("b", "low", 5, "orange"),
        ("c", "medium", 5, "orange"),
        ("d", "high", 4, "orange"),
        ("e", "high", 5, "red"),
        ("f", "critical", 1, "red"),
        ("g", "critical", 6, "red"),
        ("h", "low", 3, "yellow"),
        ("h", "medium", 3, "yellow"),
    ]
    happened = [incident for zone, severity, count, _ in expected for incident in many(count, zone, severity)]
    found = incidents_15m(silver(spark, INCIDENTS, *happened))
    assert rows(found, "zone", "severity", "incident_count", "alert_level") == expected


def test_incidents_of_two_windows_do_not_add_up(spark: SparkSession) -> None:
    found = incidents_15m(silver(spark, INCIDENTS, *many(4, "a", "low", "12:14:59.999999"), *many(1, "a", "low", "12:15:00")))
    assert rows(found, "window_start", "window_end", "event_date", "incident_count", "alert_level") == [
        (at("12:00:00"), at("12:15:00"), DAY, 4, "yellow"),
        (at("12:15:00"), at("12:30:00"), DAY, 1, "yellow"),
    ]
