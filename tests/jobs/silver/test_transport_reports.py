"""silver.transport_reports: one row a vehicle and time."""

from __future__ import annotations

from pyspark.sql import SparkSession

from jobs.silver.transport_reports import transport_reports
from tests.jobs.bronze_rows import NOON
from tests.jobs.examples import current, example
from tests.jobs.rows import rows


def test_report_is_a_row_and_a_later_state_of_it_replaces_it(spark: SparkSession) -> None:
    early = example("public_transport", delay_minutes=-2)
    found = transport_reports(current(spark, "public_transport", example("public_transport"), early))
    columns = ("vehicle_id", "line", "delay_minutes", "occupancy_pct", "passengers", "event_time")
    assert rows(found, *columns) == [("tram-204", "T2", -2.0, 64.0, 48, NOON)]
