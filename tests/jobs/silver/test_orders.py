"""silver.orders: one row an order."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from include.contracts import Contract, Field
from jobs.common.validate import judge, sides
from jobs.silver.orders import orders
from tests.jobs.bronze_rows import DAY, NOON, bronze_rows, in_bronze
from tests.jobs.commerce import ORDERS, item, order
from tests.jobs.rows import rows


def current(spark: SparkSession, contract: Contract, value: Any) -> DataFrame:
    return sides(judge(in_bronze(spark, bronze_rows([value])), contract), contract).current


def test_order_is_one_row_without_its_lines(spark: SparkSession) -> None:
    value = order(7, items=[item("P1", 2), item("P2")], status="shipped", customer_id=12)
    assert rows(orders(current(spark, ORDERS, value))) == [(7, "12", "shipped", Decimal("30.0000"), 2, *origin())]


def test_further_field_of_the_contract_is_a_column(spark: SparkSession) -> None:
    later = replace(ORDERS, fields=(*ORDERS.fields, Field("coupon", "string"), Field("item_count", "bigint")))
    found = orders(current(spark, later, order(7, coupon="X", item_count=9)))
    assert rows(found, "item_count", "coupon", "order_item_count") == [(1, "X", 9)]


def origin() -> tuple[object, ...]:
    return (NOON, DAY, NOON, "t", "topic-id", 0, 0, NOON)
