"""Rows of silver tables, for tests of gold."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from tests.jobs.bronze_rows import DAY, NOON

ORIGIN = (
    "event_time timestamp, event_date date, ingested_at timestamp,"
    " _topic string, _topic_id string, _partition int, _offset bigint, _timestamp timestamp"
)
ORDERS = f"order_id bigint, customer_id string, status string, total decimal(18,4), item_count int, {ORIGIN}"
ORDER_ITEMS = (
    "order_id bigint, line int, customer_id string, status string, product_id string, product_name string, quantity int,"
    f" unit_price decimal(18,4), subtotal decimal(18,4), {ORIGIN}"
)
LOGS = f"level string, module string, message string, request_id string, user_id string, duration_ms double, {ORIGIN}"
METRICS = f"server string, cpu_pct double, memory_pct double, {ORIGIN}"
PLANETS = (
    "Name string, Num_Moons int, Minerals int, Gravity double, Sunlight_Hours double, Temperature double, Rotation_Time double,"
    f" Water_Presence int, Colonisable int, {ORIGIN}"
)
TRAFFIC = f"sensor_id string, zone string, speed_kmh double, vehicle_flow int, occupancy_pct double, data_quality string, {ORIGIN}"
TRANSPORT = f"vehicle_id string, line string, delay_minutes double, occupancy_pct double, passengers int, {ORIGIN}"
INCIDENTS = f"incident_id string, zone string, type string, severity string, description string, {ORIGIN}"
CLICKS = f"event_type string, user_id bigint, item_id bigint, page_url string, click_duration double, {ORIGIN}"
VIEWS = f"event_type string, user_id bigint, item_id bigint, view_duration double, device_type string, {ORIGIN}"
RATINGS = f"event_type string, user_id bigint, item_id bigint, rating int, review_text string, {ORIGIN}"
PRICES = (
    "crypto string, price_usd decimal(28,12), price_eur decimal(28,12), change_24h double, market_cap decimal(28,8),"
    f" volume_24h decimal(28,8), {ORIGIN}"
)
_DEFAULTS: dict[str, dict[str, Any]] = {
    ORDERS: {"order_id": 1, "customer_id": "C1", "status": "paid", "total": Decimal(10), "item_count": 1},
    ORDER_ITEMS: {
        **{"order_id": 1, "line": 1, "customer_id": "C1", "status": "paid", "product_id": "P1", "product_name": "Pot"},
        **{"quantity": 1, "unit_price": Decimal(10), "subtotal": Decimal(10)},
    },
    LOGS: {"level": "INFO", "module": "cart", "message": "m", "request_id": "R1", "user_id": None, "duration_ms": None},
    METRICS: {"server": "web-1", "cpu_pct": 50.0, "memory_pct": 60.0},
    # Of a planet nothing is known unless a test says so: a missing field scores 0.
    PLANETS: {
        **{"Name": "Vulcan", "Num_Moons": None, "Minerals": None, "Gravity": None, "Sunlight_Hours": None},
        **{"Temperature": None, "Rotation_Time": None, "Water_Presence": None, "Colonisable": None},
    },
    TRAFFIC: {"sensor_id": "S1", "zone": "centre", "speed_kmh": 50.0, "vehicle_flow": 10, "occupancy_pct": 50.0, "data_quality": "good"},
    TRANSPORT: {"vehicle_id": "V1", "line": "T1", "delay_minutes": 0.0, "occupancy_pct": 50.0, "passengers": 10},
    INCIDENTS: {"incident_id": "I1", "zone": "centre", "type": "fire", "severity": "low", "description": "Smoke"},
    CLICKS: {"event_type": "click", "user_id": 1, "item_id": 1, "page_url": "/", "click_duration": 1.0},
    VIEWS: {"event_type": "view", "user_id": 1, "item_id": 1, "view_duration": 1.0, "device_type": "mobile"},
    RATINGS: {"event_type": "rating", "user_id": 1, "item_id": 1, "rating": 3, "review_text": None},
    PRICES: {
        **{"crypto": "bitcoin", "price_usd": Decimal(100), "price_eur": Decimal(90), "change_24h": 0.0},
        **{"market_cap": Decimal(1000), "volume_24h": Decimal(10)},
    },
}
_ORIGIN = {
    **{"event_time": NOON, "event_date": DAY, "ingested_at": NOON},
    **{"_topic": "t", "_topic_id": "topic-id", "_partition": 0, "_offset": 0, "_timestamp": NOON},
}


def silver(spark: SparkSession, schema: str, *changes: dict[str, Any]) -> DataFrame:
    """A frame with one row for each dictionary, which says only what matters; event_date follows event_time."""
    found = [_DEFAULTS[schema] | _ORIGIN | change for change in changes]
    return spark.createDataFrame([tuple((row | {"event_date": row["event_time"].date()}).values()) for row in found], schema)


def at(clock: str, day: date = DAY) -> datetime:
    """The UTC time of that day: at("09:59:59.999")."""
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=UTC)
