"""valid log records → silver.application_logs, one row a record."""

from __future__ import annotations

from pyspark.sql import DataFrame

from jobs.common.columns import ORIGIN


def application_logs(current: DataFrame) -> DataFrame:
    """One row for each record; user_id and duration_ms (milliseconds) are null where the source gave none."""
    return current.select("level", "module", "message", "request_id", "user_id", "duration_ms", *ORIGIN)
