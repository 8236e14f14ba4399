"""gold.module_durations: how long the calls of each module took."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from jobs.gold.module_durations import module_durations
from tests.jobs.bronze_rows import DAY
from tests.jobs.rows import rows
from tests.jobs.silver_rows import LOGS, silver

DURATIONS = ("avg_duration_ms", "p50_duration_ms", "p95_duration_ms")


def durations(*values: float | None) -> list[dict[str, float | None]]:
    return [{"duration_ms": value} for value in values]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([40.0, 10.0, 30.0, 20.0], (25.0, 25.0, 38.5)),
        ([1.0, 2.0], (1.5, 1.5, 1.95)),
        ([7.0], (7.0, 7.0, 7.0)),
        ([5.0, None, 5.0], (5.0, 5.0, 5.0)),
        ([0.0, None], (0.0, 0.0, 0.0)),
        ([None], (None, None, None)),
    ],
)
def test_percentiles_are_interpolated_over_the_lines_that_say_a_duration(
    spark: SparkSession, values: list[float | None], expected: tuple[float | None, ...]
) -> None:
    found = module_durations(silver(spark, LOGS, *durations(*values)))
    assert rows(found, *DURATIONS)[0] == pytest.approx(expected)


def test_error_share_is_that_of_all_lines(spark: SparkSession) -> None:
    logs = silver(spark, LOGS, *[{"level": level} for level in ("ERROR", "CRITICAL", "WARNING", "INFO", "DEBUG")], {"module": "pay"})
    assert rows(module_durations(logs), "module", "event_date", "log_count", "error_share") == [("cart", DAY, 5, 0.4), ("pay", DAY, 1, 0.0)]
