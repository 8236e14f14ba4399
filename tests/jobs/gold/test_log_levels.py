"""gold.log_levels: log lines per level and day."""

from __future__ import annotations

from pyspark.sql import SparkSession

from jobs.gold.log_levels import log_levels
from tests.jobs.bronze_rows import DAY
from tests.jobs.rows import rows
from tests.jobs.silver_rows import LOGS, silver


def test_lines_are_counted_per_level(spark: SparkSession) -> None:
    logs = silver(spark, LOGS, {}, {"module": "pay"}, {"level": "ERROR"})
    assert rows(log_levels(logs), "level", "event_date", "log_count") == [("ERROR", DAY, 1), ("INFO", DAY, 2)]
