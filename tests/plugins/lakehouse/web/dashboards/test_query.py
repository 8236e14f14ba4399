"""What a chart is asked of: gold or live, the chosen rows, the order, and what can be chosen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from lakehouse.web.dashboards import DASHBOARDS
from lakehouse.web.dashboards.query import bucket_of, choices

from include.catalog import LIVE
from include.settings import LakeSettings
from include.table_pages import Span
from tests.jobs.bronze_rows import DAY, NOON
from tests.plugins.lakehouse.web.dashboards.asking import ask, rows, span_of
from tests.plugins.lakehouse.web.dashboards.gold_rows import Schemas, put

FILTERS = {f"{system}.{each.column}": each for system, dashboard in DASHBOARDS.items() for each in dashboard.filters}


def orders(days_ago: int, order_count: int) -> dict[str, Any]:
    return {"window_start": NOON - timedelta(days=days_ago), "order_count": order_count}


def test_live_has_today_and_the_days_that_gold_lacks_and_gold_has_the_others(lake: LakeSettings, schemas: Schemas) -> None:
    put(lake, schemas, "gold.customer_orders_1m", orders(0, 1), orders(2, 10), orders(3, 100))
    put(lake, schemas, "live.customer_orders_1m", orders(0, 2), orders(1, 20), orders(2, 200), orders(4, 2000))
    found = rows(lake, "commerce.orders", span_of(DAY - timedelta(days=6), 7), today=DAY)
    assert sorted(count for _, count in found) == [2, 10, 20, 100, 2000]


@pytest.mark.parametrize("layer", ["gold", "live"])
def test_of_a_window_table_one_layer_is_enough(lake: LakeSettings, schemas: Schemas, layer: str) -> None:
    put(lake, schemas, f"{layer}.customer_orders_1m", orders(0, 2), orders(1, 20))
    found = rows(lake, "commerce.orders", span_of(DAY - timedelta(days=6), 7), today=DAY)
    assert sorted(count for _, count in found) == [2, 20]


def test_what_is_chosen_restricts_the_rows_of_tables_that_have_its_column(lake: LakeSettings, schemas: Schemas) -> None:
    put(lake, schemas, "gold.log_levels_1m", {"module": "cart", "error_count": 1, "log_count": 1}, {"module": "pay"})
    put(lake, schemas, "gold.log_levels", {"level": "INFO", "log_count": 5})
    assert rows(lake, "commerce.error_share", module="cart") == [("cart", 100.0)]
    assert rows(lake, "commerce.levels", module="cart") == [(str(DAY), "INFO", 5)]


def test_a_number_is_chosen_by_its_text(lake: LakeSettings, schemas: Schemas) -> None:
    put(lake, schemas, "gold.item_engagement_1m", {"item_id": 7, "clicks": 1, "views": 2}, {"item_id": 77, "clicks": 3})
    assert rows(lake, "clickstream.top_items", item_id="7") == [(7, 1, 2)]


@pytest.mark.parametrize("text", ["o'neill", "x' or '1' = '1", "'", "''", "a\\'b", '"', "{bucket}", "a;drop table t--", "é\n"])
def test_a_chosen_text_is_only_a_text_whatever_is_in_it(lake: LakeSettings, schemas: Schemas, text: str) -> None:
    put(lake, schemas, "gold.customer_orders", {"customer_id": "C1"}, {"customer_id": "C2"})
    put(lake, schemas, "gold.log_levels_1m", {"module": text, "error_count": 1, "log_count": 1}, {"module": "cart"})
    assert rows(lake, "commerce.error_share", module=text) == [(text, 100.0)]
    assert len(rows(lake, "commerce.customers", customer_id=text)) == 0


def test_rows_outside_the_span_are_left_out(lake: LakeSettings, schemas: Schemas) -> None:
    put(lake, schemas, "gold.customer_orders_1m", orders(2, 1), orders(1, 20), orders(0, 300))
    assert [count for _, count in rows(lake, "commerce.orders", span_of(DAY - timedelta(days=1), 1))] == [20]


def test_a_day_of_a_table_of_days_is_left_out_where_the_span_ends_with_the_day_before(lake: LakeSettings, schemas: Schemas) -> None:
    put(lake, schemas, "gold.log_levels", *[{"event_date": DAY + timedelta(days=days), "log_count": 1} for days in (-1, 0, 1)])
    assert [row[0] for row in rows(lake, "commerce.levels", span_of(DAY, 1))] == [str(DAY)]


def test_rows_come_in_the_order_that_the_chart_says(lake: LakeSettings, schemas: Schemas) -> None:
    put(lake, schemas, "gold.log_levels", *[{"event_date": DAY, "level": level} for level in ("ERROR", "INFO", "DEBUG", "WARNING")])
    put(lake, schemas, "gold.user_sessions", *[{"device_type": each, "avg_session_seconds": float(ord(each))} for each in "bdac"])
    assert [row[1] for row in rows(lake, "commerce.levels")] == ["DEBUG", "INFO", "WARNING", "ERROR"]
    assert [row[0] for row in rows(lake, "clickstream.session_length")] == ["d", "c", "b", "a"]


def test_a_table_that_a_chart_joins_and_that_is_not_there_leaves_it_empty(lake: LakeSettings, schemas: Schemas) -> None:
    put(lake, schemas, "gold.crypto_market", {})
    assert ask(lake, "crypto.market").rows == []


@pytest.mark.parametrize("name", FILTERS)
def test_choices_are_what_the_last_days_have_each_once(lake: LakeSettings, schemas: Schemas, name: str) -> None:
    choice = FILTERS[name]
    layer = "live" if choice.table in LIVE else "gold"
    values = [2, 1, 2] if name == "clickstream.item_id" else ["b", "a", "b"]
    long_ago = {"window_start": NOON - timedelta(days=60)} if layer == "live" else {"event_date": DAY - timedelta(days=60)}
    old = {choice.column: 3 if name == "clickstream.item_id" else "c"} | long_ago
    put(lake, schemas, f"{layer}.{choice.table}", *[{choice.column: value} for value in values], old)
    assert choices(lake, choice, NOON) == [str(value) for value in sorted(set(values))]


@pytest.mark.parametrize("name", FILTERS)
def test_every_filter_is_one_of_some_charts_of_its_dashboard(schemas: Schemas, name: str) -> None:
    system, column = name.split(".")
    assert [each.name for each in DASHBOARDS[system].charts if any(column in schemas[f"gold.{table}"].names for table in each.tables)]


@pytest.mark.parametrize(("days", "minutes"), [(0.25, 1), (1, 5), (2, 10), (4, 15), (7, 60), (31, 180), (90, 360), (3650, 1440)])
def test_a_bar_is_so_wide_that_there_are_not_too_many(days: float, minutes: int) -> None:
    assert bucket_of(Span(NOON, NOON + timedelta(days=days))) == timedelta(minutes=minutes)
