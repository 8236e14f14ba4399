"""valid samples of server load → silver.server_metrics, one row a sample."""

from __future__ import annotations

from pyspark.sql import DataFrame

from jobs.common.columns import ORIGIN


def server_metrics(current: DataFrame) -> DataFrame:
    """One row for each sample; percentages are 0–100."""
    return current.select("server", "cpu_pct", "memory_pct", *ORIGIN)
