"""gold.customer_orders_1m: orders per customer and minute."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from pyspark.sql import SparkSession

from jobs.gold.customer_orders_1m import customer_orders_1m
from tests.jobs.bronze_rows import DAY
from tests.jobs.rows import rows
from tests.jobs.silver_rows import ORDERS, at, silver

COLUMNS = ("customer_id", "window_start", "window_end", "event_date", "order_count", "order_total")


def test_window_takes_its_start_and_not_its_end(spark: SparkSession) -> None:
    times = ("09:59:59.999999", "10:00:00", "10:00:59.999999", "10:01:00")
    orders = silver(spark, ORDERS, *[{"order_id": place, "event_time": at(clock)} for place, clock in enumerate(times)])
    minute = timedelta(minutes=1)
    starts = [at(clock) for clock in ("09:59:00", "10:00:00", "10:01:00")]
    assert rows(customer_orders_1m(orders), *COLUMNS) == [
        ("C1", starts[0], starts[0] + minute, DAY, 1, Decimal("10.0000")),
        ("C1", starts[1], starts[1] + minute, DAY, 2, Decimal("20.0000")),
        ("C1", starts[2], starts[2] + minute, DAY, 1, Decimal("10.0000")),
    ]


def test_last_minute_of_a_day_ends_with_it(spark: SparkSession) -> None:
    found = customer_orders_1m(silver(spark, ORDERS, {"event_time": at("23:59:59")}))
    assert rows(found, "window_end", "event_date") == [(at("00:00:00", DAY + timedelta(days=1)), DAY)]


def test_windows_before_1970_are_aligned_too(spark: SparkSession) -> None:
    found = customer_orders_1m(silver(spark, ORDERS, {"event_time": at("12:34:56.7", DAY.replace(year=1901))}))
    assert rows(found, "window_start") == [(at("12:34:00", DAY.replace(year=1901)),)]
