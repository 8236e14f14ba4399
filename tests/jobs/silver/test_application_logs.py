"""silver.application_logs: one row a record."""

from __future__ import annotations

from pyspark.sql import SparkSession

from jobs.common.validate import judge, sides
from jobs.silver.application_logs import application_logs
from tests.jobs.bronze_rows import bronze_rows, in_bronze
from tests.jobs.commerce import LOGS, log
from tests.jobs.rows import rows


def test_same_line_twice_is_two_rows_and_what_is_not_given_is_null(spark: SparkSession) -> None:
    values = [log(), log(), log(user_id=5, duration_ms=3)]
    current = sides(judge(in_bronze(spark, bronze_rows(values)), LOGS), LOGS).current
    columns = ("level", "module", "message", "request_id", "user_id", "duration_ms")
    assert rows(application_logs(current), *columns) == [
        ("INFO", "cart", "done", "R1", None, None),
        ("INFO", "cart", "done", "R1", None, None),
        ("INFO", "cart", "done", "R1", "5", 3.0),
    ]
