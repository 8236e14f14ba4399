"""gold.transport_10m: how each line runs, per ten minutes."""

from __future__ import annotations

from pyspark.sql import SparkSession

from jobs.gold.transport_10m import transport_10m
from tests.jobs.bronze_rows import DAY
from tests.jobs.rows import rows
from tests.jobs.silver_rows import TRANSPORT, at, silver

WINDOW = ("line", "window_start", "window_end", "event_date")
FIGURES = ("avg_delay_minutes", "avg_occupancy_pct", "active_vehicles", "passengers", "reports", "punctuality_score")


def report(vehicle: str, clock: str, delay: float, occupancy: float = 50.0, passengers: int = 10, **more: str) -> dict[str, object]:
    told = {"vehicle_id": vehicle, "delay_minutes": delay, "occupancy_pct": occupancy, "passengers": passengers}
    return {**told, "event_time": at(clock), **more}


def test_five_minutes_late_or_early_is_punctual(spark: SparkSession) -> None:
    reports = silver(
        spark,
        TRANSPORT,
        report("V1", "12:00:00", 5.0),
        report("V1", "12:05:00", -5.0, 100.0, 20),
        report("V2", "12:03:00", -6.0, 0.0, 0),
        report("V2", "12:09:59.9", 5.01, 150.0, 30),
        report("V2", "12:10:00", 600.0),
        report("V3", "12:00:00", 0.0, line="T2"),
    )
    assert rows(transport_10m(reports), *WINDOW, *FIGURES) == [
        ("T1", at("12:00:00"), at("12:10:00"), DAY, -0.2475, 75.0, 2, 60, 4, 50.0),
        ("T1", at("12:10:00"), at("12:20:00"), DAY, 600.0, 50.0, 1, 10, 1, 0.0),
        ("T2", at("12:00:00"), at("12:10:00"), DAY, 0.0, 50.0, 1, 10, 1, 100.0),
    ]
