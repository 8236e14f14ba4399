"""silver.orders: one row an order."""

from __future__ import annotations

from decimal import Decimal

from pyspark.sql import SparkSession

from jobs.common.validate import judge, sides
from jobs.silver.orders import orders
from tests.jobs.bronze_rows import DAY, NOON, bronze_rows, in_bronze
from tests.jobs.commerce import ORDERS, item, order
from tests.jobs.rows import rows


def test_order_is_one_row_without_its_lines(spark: SparkSession) -> None:
    value = order(7, items=[item("P1", 2), item("P2")], status="shipped", customer_id=12)
    current = sides(judge(in_bronze(spark, bronze_rows([value])), ORDERS), ORDERS).current
    assert rows(orders(current)) == [(7, "12", "shipped", Decimal("30.0000"), 2, *origin())]


def origin() -> tuple[object, ...]:
    return (NOON, DAY, NOON, "t", "topic-id", 0, 0, NOON)
