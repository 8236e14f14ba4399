"""incidents in their last state of the day → silver.incidents, one row an incident and day."""

from __future__ import annotations

from pyspark.sql import DataFrame

from jobs.common.columns import ORIGIN


def incidents(current: DataFrame) -> DataFrame:
    """One row for each current incident; a corrected one has the zone, severity and event_time of its last state."""
    return current.select("incident_id", "zone", "type", "severity", "description", *ORIGIN)
