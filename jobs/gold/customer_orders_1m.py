"""silver.orders → gold.customer_orders_1m, one row a customer and minute with orders; live.customer_orders_1m is the same of what has
arrived, where each state of an order counts."""

from __future__ import annotations

from ibis import Table

from jobs.common.windows import Fields, Part, WindowTable, count, total


def parts(orders: Table) -> dict[str, Part]:
    return {"orders": count(orders._offset.notnull()), "sum": total(orders.total)}


def columns(customer: Table) -> Fields:
    """How many orders of any status each customer placed in each minute, and their total. A minute without orders has no row."""
    return {"order_count": customer.orders.cast("int64"), "order_total": customer["sum"].cast("decimal(28, 4)")}


customer_orders_1m = WindowTable(1, ("customer_id",), {"customer_id": "string", "total": "decimal(28, 4)"}, parts, columns)
