"""gold.product_sales: what each product sold on each day."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from pyspark.sql import SparkSession

from jobs.gold.product_sales import product_sales
from tests.jobs.bronze_rows import DAY, NOON
from tests.jobs.rows import rows
from tests.jobs.silver_rows import ORDER_ITEMS, at, silver

COLUMNS = ("product_id", "event_date", "product_name", "sales_count", "quantity", "revenue", "cancelled_count")


def test_lines_pieces_and_revenue_are_added_up(spark: SparkSession) -> None:
    items = silver(
        spark,
        ORDER_ITEMS,
        {"order_id": 1, "line": 1, "quantity": 2, "subtotal": Decimal("0.1000")},
        {"order_id": 1, "line": 2, "quantity": 3, "subtotal": Decimal("0.2000")},
        {"order_id": 2, "product_id": "P2"},
    )
    assert rows(product_sales(items), *COLUMNS) == [
        ("P1", DAY, "Pot", 2, 5, Decimal("0.3000"), 0),
        ("P2", DAY, "Pot", 1, 1, Decimal("10.0000"), 0),
    ]


def test_cancelled_order_counts_as_cancelled_alone(spark: SparkSession) -> None:
    items = silver(spark, ORDER_ITEMS, {"order_id": 1, "quantity": 7, "status": "cancelled"}, {"order_id": 2}, {"order_id": 3})
    assert rows(product_sales(items), *COLUMNS) == [("P1", DAY, "Pot", 2, 2, Decimal("20.0000"), 1)]


def test_product_that_was_only_cancelled_sold_nothing(spark: SparkSession) -> None:
    items = silver(spark, ORDER_ITEMS, {"status": "cancelled"})
    assert rows(product_sales(items), *COLUMNS) == [("P1", DAY, "Pot", 0, 0, Decimal("0.0000"), 1)]


def test_name_is_that_of_the_latest_line(spark: SparkSession) -> None:
    items = silver(
        spark,
        ORDER_ITEMS,
        {"product_name": "noon", "_offset": 9, "_timestamp": NOON + timedelta(days=1)},
        {"product_name": "later", "event_time": at("12:00:01")},
        {"product_name": "earlier", "event_time": at("11:00:00"), "_offset": 10},
    )
    assert rows(product_sales(items), "product_name") == [("later",)]


def test_name_at_the_same_time_is_that_of_the_later_record_then_the_later_line(spark: SparkSession) -> None:
    items = silver(
        spark,
        ORDER_ITEMS,
        {"product_name": "first", "_offset": 1, "line": 3},
        {"product_name": "second", "_offset": 2, "line": 1},
        {"product_name": "third", "_offset": 2, "line": 2},
    )
    assert rows(product_sales(items), "product_name") == [("third",)]


def test_no_lines_are_no_rows(spark: SparkSession) -> None:
    assert rows(product_sales(silver(spark, ORDER_ITEMS))) == []
