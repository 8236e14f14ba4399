"""silver.incidents: one row an incident and day."""

from __future__ import annotations

from pyspark.sql import SparkSession

from jobs.silver.incidents import incidents
from tests.jobs.examples import current, example
from tests.jobs.rows import rows


def test_corrected_incident_is_where_its_last_state_says(spark: SparkSession) -> None:
    states = [example("incidents"), example("incidents", severity="critical", zone="north"), example("incidents", incident_id=7)]
    assert rows(incidents(current(spark, "incidents", *states)), "incident_id", "zone", "type", "severity", "description") == [
        ("7", "centre", "accident", "high", "Two cars, one lane closed"),
        ("inc-000042", "north", "accident", "critical", "Two cars, one lane closed"),
    ]
