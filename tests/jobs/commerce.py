"""Records of the system commerce that keep their contracts, for tests to change the one field that matters."""

from __future__ import annotations

from typing import Any

from include.contracts import load_contracts

CONTRACTS = {contract.feed: contract for contract in load_contracts().of_system("commerce")}
ORDERS, LOGS, METRICS = CONTRACTS["commandes_json"], CONTRACTS["logs_application"], CONTRACTS["metrics"]
NOON_TEXT = "2026-11-20T12:00:00Z"


def item(product_id: str = "P1", quantity: int = 1, unit_price: float = 10.0, **fields: Any) -> dict[str, Any]:
    """A line of an order."""
    line = {"product_id": product_id, "product_name": f"Name of {product_id}", "quantity": quantity, "unit_price": unit_price}
    return {**line, "subtotal": quantity * unit_price} | fields


def order(order_id: int = 1, items: list[dict[str, Any]] | None = None, **fields: Any) -> dict[str, Any]:
    """An order whose total is that of its lines."""
    lines = [item()] if items is None else items
    total = sum(line["subtotal"] for line in lines)
    head = {"order_id": order_id, "customer_id": "C1", "timestamp": NOON_TEXT, "items": lines, "total": total, "status": "paid"}
    return head | fields


def log(**fields: Any) -> dict[str, Any]:
    return {"timestamp": NOON_TEXT, "level": "INFO", "module": "cart", "message": "done", "request_id": "R1"} | fields


def sample(**fields: Any) -> dict[str, Any]:
    return {"server": "web-1", "timestamp": NOON_TEXT, "cpu_pct": 50.0, "memory_pct": 60.0} | fields
