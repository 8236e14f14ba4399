"""gold.colonisation_summary: planets and mean score per potential and day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pyspark.sql import SparkSession

from jobs.gold.colonisation_summary import colonisation_summary
from tests.jobs.bronze_rows import DAY, NOON
from tests.jobs.rows import rows
from tests.jobs.silver_rows import PLANETS, silver


def test_planets_are_counted_per_potential_and_day(spark: SparkSession) -> None:
    rich = {"Water_Presence": 1, "Temperature": 0.0, "Gravity": 1.0, "Minerals": 300}  # 8 points
    tomorrow = NOON + timedelta(days=1)
    wet, mild = {"Water_Presence": 1}, {"Water_Presence": 1, "Temperature": 0.0}  # 3 and 5
    planets = silver(spark, PLANETS, {}, wet, mild, rich, {**rich, "event_time": tomorrow})
    found = rows(colonisation_summary(planets), "event_date", "colonisation_potential", "planet_count", "mean_score")
    assert found == [
        (DAY, "high", 1, 8.0),
        (DAY, "low", 3, pytest.approx(8 / 3)),
        (tomorrow.date(), "high", 1, 8.0),
    ]
