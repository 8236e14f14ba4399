"""silver.server_metrics: one row a sample."""

from __future__ import annotations

from pyspark.sql import SparkSession

from jobs.common.validate import judge, sides
from jobs.silver.server_metrics import server_metrics
from tests.jobs.bronze_rows import bronze_rows, in_bronze
from tests.jobs.commerce import METRICS, sample
from tests.jobs.rows import rows


def test_sample_is_a_row(spark: SparkSession) -> None:
    current = sides(judge(in_bronze(spark, bronze_rows([sample(cpu_pct=100), sample(memory_pct=0)])), METRICS), METRICS).current
    assert rows(server_metrics(current), "server", "cpu_pct", "memory_pct") == [("web-1", 50.0, 0.0), ("web-1", 100.0, 60.0)]
