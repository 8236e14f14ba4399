"""valid reports of vehicles → silver.transport_reports, one row a vehicle and time."""

from __future__ import annotations

from pyspark.sql import DataFrame

from jobs.common.columns import ORIGIN


def transport_reports(current: DataFrame) -> DataFrame:
    """One row for each report; a negative delay_minutes is early, an occupancy_pct above 100 is a crowd."""
    return current.select("vehicle_id", "line", "delay_minutes", "occupancy_pct", "passengers", *ORIGIN)
