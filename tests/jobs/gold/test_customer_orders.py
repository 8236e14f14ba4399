"""gold.customer_orders: orders of any status, per customer and day."""

from __future__ import annotations

from decimal import Decimal

from pyspark.sql import SparkSession

from jobs.gold.customer_orders import customer_orders
from tests.jobs.bronze_rows import DAY
from tests.jobs.rows import rows
from tests.jobs.silver_rows import ORDERS, silver


def test_orders_of_every_status_count(spark: SparkSession) -> None:
    orders = silver(
        spark,
        ORDERS,
        {"order_id": 1, "total": Decimal("0.1")},
        {"order_id": 2, "total": Decimal("0.2"), "status": "cancelled"},
        {"order_id": 3, "customer_id": "C2"},
    )
    assert rows(customer_orders(orders), "customer_id", "event_date", "order_count", "order_total") == [
        ("C1", DAY, 2, Decimal("0.3000")),
        ("C2", DAY, 1, Decimal("10.0000")),
    ]


def test_no_orders_are_no_rows(spark: SparkSession) -> None:
    assert rows(customer_orders(silver(spark, ORDERS))) == []
