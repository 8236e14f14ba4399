"""silver.order_items: one row a line of an order."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from pyspark.sql import SparkSession

from include.contracts import Field
from jobs.common.validate import judge, sides
from jobs.silver.order_items import order_items
from tests.jobs.bronze_rows import bronze_rows, in_bronze
from tests.jobs.commerce import ORDERS, item, order
from tests.jobs.rows import rows


def test_each_line_is_a_row_that_knows_its_order(spark: SparkSession) -> None:
    value = order(7, items=[item("P1", 2), item("P1", unit_price=0.5)], status="cancelled")
    current = sides(judge(in_bronze(spark, bronze_rows([value])), ORDERS), ORDERS).current
    columns = ("order_id", "line", "customer_id", "status", "product_id", "product_name", "quantity", "unit_price", "subtotal", "_offset")
    assert rows(order_items(current), *columns) == [
        (7, 1, "C1", "cancelled", "P1", "Name of P1", 2, Decimal("10.0000"), Decimal("20.0000"), 0),
        (7, 2, "C1", "cancelled", "P1", "Name of P1", 1, Decimal("0.5000"), Decimal("0.5000"), 0),
    ]


def test_lines_of_a_superseded_state_are_gone(spark: SparkSession) -> None:
    values = [order(7, items=[item("P1"), item("P2")]), order(7, items=[item("P3")])]
    current = sides(judge(in_bronze(spark, bronze_rows(values)), ORDERS), ORDERS).current
    assert rows(order_items(current), "product_id", "line") == [("P3", 1)]


def test_further_field_of_a_line_is_a_column(spark: SparkSession) -> None:
    (items,) = (each for each in ORDERS.fields if each.items)
    kind = items.spark_type.replace(">>", ",colour:string,status:string>>")
    wider = replace(items, items=(*items.items, Field("colour", "string"), Field("status", "string")), spark_type=kind)
    later = replace(ORDERS, fields=tuple(wider if each == items else each for each in ORDERS.fields))
    values = [order(7, items=[item(colour="red", status="packed"), item()])]
    current = sides(judge(in_bronze(spark, bronze_rows(values)), later), later).current
    assert rows(order_items(current), "line", "status", "colour", "item_status") == [(1, "paid", "red", "packed"), (2, "paid", None, None)]
