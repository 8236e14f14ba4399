"""Every chart of every dashboard over small Delta tables with the columns that the jobs give, and figures that were computed by hand."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from include.catalog import LIVE
from include.settings import LakeSettings
from tests.jobs.bronze_rows import DAY, NOON
from tests.jobs.silver_rows import at
from tests.plugins.lakehouse.web.dashboards.asking import CHARTS, ask, rows
from tests.plugins.lakehouse.web.dashboards.gold_rows import Schemas, put

Row = dict[str, Any]
NEXT_DAY = DAY + timedelta(days=1)
TOMORROW = {"window_start": NOON + timedelta(days=1)}


@pytest.mark.parametrize("chart", CHARTS)
def test_every_chart_has_what_it_draws(lake: LakeSettings, schemas: Schemas, chart: str) -> None:
    asked = CHARTS[chart]
    for table in asked.tables:
        put(lake, schemas, f"gold.{table}", {}, {}, {})
        if table in LIVE:
            put(lake, schemas, f"live.{table}", TOMORROW, TOMORROW)
    answer = ask(lake, chart)
    drawn = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    assert drawn
    assert {asked.x, *asked.y, *([asked.split] if asked.split else [])} <= set(answer.columns)
    assert all(row[column] is not None for row in drawn for column in (asked.x, *asked.y))
    if asked.kind != "rows":
        assert {type(row[column]) for row in drawn for column in asked.y} <= {int, float}


@pytest.mark.parametrize("chart", CHARTS)
def test_every_chart_is_empty_without_rows_and_without_tables(lake: LakeSettings, schemas: Schemas, chart: str) -> None:
    without_tables = ask(lake, chart)
    for table in CHARTS[chart].tables:
        put(lake, schemas, f"gold.{table}")
    assert (without_tables.columns, without_tables.rows, ask(lake, chart).rows) == ((), [], [])


def price(crypto: str, clock: str, **prices: int) -> Row:
    return {"crypto": crypto, "window_start": at(clock)} | {name: Decimal(value) for name, value in prices.items()}


PRICES = (
    price("bitcoin", "12:10:00", open=125, high=130, low=120, close=128, market_cap=900),
    price("bitcoin", "12:05:00", open=110, high=150, low=90, close=120, market_cap=800),
    price("bitcoin", "12:00:00", open=100, high=115, low=95, close=100, market_cap=1),
    price("cardano", "12:05:00", open=4, high=4, low=4, close=4, market_cap=850),
    price("cardano", "12:10:00", open=4, high=6, low=3, close=5, market_cap=200),
)


def test_candles_of_five_minutes_become_candles_of_a_bar_of_time(lake: LakeSettings, schemas: Schemas) -> None:
    put(lake, schemas, "gold.crypto_ohlc_5m", *PRICES)
    bars = [("12:00", "bitcoin", 100.0, 150.0, 90.0, 120.0), ("12:10", "bitcoin", 125.0, 130.0, 120.0, 128.0)]
    assert rows(lake, "crypto.candles") == bars


def test_candles_are_of_the_chosen_coin(lake: LakeSettings, schemas: Schemas) -> None:
    put(lake, schemas, "gold.crypto_ohlc_5m", *PRICES)
    bars = [("12:00", "cardano", 4.0, 4.0, 4.0, 4.0), ("12:10", "cardano", 4.0, 6.0, 3.0, 5.0)]
    assert rows(lake, "crypto.candles", crypto="cardano") == bars


def test_coins_are_compared_by_their_change_since_their_first_close(lake: LakeSettings, schemas: Schemas) -> None:
    put(lake, schemas, "gold.crypto_ohlc_5m", *PRICES)
    found = rows(lake, "crypto.comparison")
    assert [row[:2] for row in found] == [("12:00", "bitcoin"), ("12:00", "cardano"), ("12:10", "bitcoin"), ("12:10", "cardano")]
    assert [row[2] for row in found] == pytest.approx([20, 0, 28, 25])


def test_market_is_that_of_the_last_day(lake: LakeSettings, schemas: Schemas) -> None:
    shares = [(DAY, "a", 2), (NEXT_DAY, "b", 2), (NEXT_DAY, "a", 1)]
    market = [{"event_date": day, "crypto": crypto, "market_rank": rank, "market_share": 1 / rank**2} for day, crypto, rank in shares]
    put(lake, schemas, "gold.crypto_market", *[row | {"daily_return": 0.5} for row in market])
    closes = [(DAY, "a", 7), (NEXT_DAY, "a", 8)]
    put(
        lake,
        schemas,
        "gold.crypto_ohlc_1d",
        *[{"event_date": day, "crypto": crypto, "close": Decimal(close), "market_cap": Decimal(90)} for day, crypto, close in closes],
    )
    last = str(NEXT_DAY)
    assert rows(lake, "crypto.market") == [("a", 1, 8.0, 90.0, 100.0, 50.0, last), ("b", 2, None, None, 25.0, 50.0, last)]


def several(columns: str, *rows: tuple[Any, ...]) -> list[Row]:
    return [dict(zip(columns.split(), row, strict=True)) for row in rows]


COMPUTED = {
    "each report weighs the same": (
        "smart_city.punctuality",
        several("line punctuality_score reports", ("T1", 100.0, 1), ("T1", 50.0, 3), ("T2", 25.0, 4)),
        [("T2", 25.0), ("T1", 62.5)],
    ),
    "early is negative": (
        "smart_city.delay",
        several("line avg_delay_minutes reports window_start", ("T1", -1.0, 3, NOON), ("T1", 7.0, 1, NOON)),
        [("12:00", "T1", 1.0)],
    ),
    "each line weighs the same": (
        "commerce.error_share",
        several("module log_count error_count", ("cart", 10, 1), ("cart", 30, 0), ("pay", 4, 1)),
        [("pay", 25.0), ("cart", 2.5)],
    ),
    "a day without a duration does not weigh": (
        "commerce.durations",
        several(
            "module log_count p50_duration_ms p95_duration_ms", ("cart", 1, 10.0, 20.0), ("cart", 3, 50.0, 100.0), ("cart", 9, None, None)
        ),
        [("cart", 40.0, 80.0)],
    ),
    "each sample weighs the same": (
        "commerce.cpu",
        several(
            "server avg_cpu_pct samples window_start",
            ("web-1", 90.0, 1, NOON),
            ("web-1", 10.0, 3, at("12:09:00")),
            ("web-1", 70.0, 2, at("12:10:00")),
        ),
        [("12:00", "web-1", 30.0), ("12:10", "web-1", 70.0)],
    ),
    "servers with the most load, of the last hour first": (
        "commerce.most_loaded",
        several("server load_rank window_start", ("d", 4, NOON), ("b", 2, NOON), ("a", 1, NOON), ("c", 1, at("13:00:00"))),
        [("13:00", "c", 1, 3.5, 3.5, 3.5, 3.5), ("12:00", "a", 1, 2.5, 2.5, 2.5, 2.5), ("12:00", "b", 2, 1.5, 1.5, 1.5, 1.5)],
    ),
    "revenue to the cent": (
        "commerce.revenue",
        several("revenue event_date", (Decimal("0.10"), DAY), (Decimal("0.20"), DAY), (Decimal(7), NEXT_DAY)),
        [(str(DAY), 0.3), (str(NEXT_DAY), 7.0)],
    ),
    "a product has its latest name": (
        "commerce.products",
        several(
            "product_id product_name revenue event_date",
            ("P1", "Old name", Decimal("0.50"), DAY),
            ("P1", "Pot", Decimal("2.00"), NEXT_DAY),
            ("P2", "Pan", Decimal("9.00"), DAY),
        ),
        [("Pan (P2)", 9.0), ("Pot (P1)", 2.5)],
    ),
    "each session weighs the same": (
        "clickstream.session_length",
        several("device_type sessions avg_session_seconds", ("mobile", 1, 240.0), ("mobile", 3, 0.0)),
        [("mobile", 1.0)],
    ),
    "clicks and views count together": (
        "clickstream.top_items",
        several("item_id clicks views", (9, 1, 1), (7, 3, 0), (8, 0, 5), (7, 1, 2)),
        [(7, 4, 2), (8, 0, 5), (9, 1, 1)],
    ),
    "clicks per view need a view": (
        "clickstream.click_through",
        several("item_id clicks views", (7, 3, 2), (7, 0, 2), (8, 5, 0), (9, 10, 5)),
        [(9, 2.0), (7, 0.75)],
    ),
    "an item without ratings is not rated": (
        "clickstream.best_rated",
        several("item_id weighted_rating rating_count", (7, 4.0, 3), (7, 2.0, 1), (8, 5.0, 0)),
        [(7, 3.5)],
    ),
    "items are counted by the half star": (
        "clickstream.ratings",
        several("item_id avg_rating rating_count", (7, 5.0, 1), (7, 3.0, 3), (8, 3.7, 2), (9, None, 0)),
        [(3.5, 2)],
    ),
    "each planet weighs the same": (
        "planets.mean_scores",
        several("colonisation_potential mean_score planet_count", ("high", 9.0, 1), ("low", 4.0, 1), ("low", 2.0, 3)),
        [("low", 2.5), ("high", 9.0)],
    ),
    "a planet without a prediction does not weigh": (
        "planets.probabilities",
        several("habitability_score predicted_probability", (7, 0.25), (7, 0.75), (7, None)),
        [(7, 50.0)],
    ),
    "planets are counted by every score that there can be": (
        "planets.scores",
        several("habitability_score", (0,), (7,), (7,), (10,)),
        [(score, {0: 1, 7: 2, 10: 1}.get(score, 0)) for score in range(11)],
    ),
}


@pytest.mark.parametrize(("chart", "given", "expected"), COMPUTED.values(), ids=COMPUTED.keys())
def test_figures_are_those_computed_by_hand(
    lake: LakeSettings, schemas: Schemas, chart: str, given: list[Row], expected: list[tuple[Any, ...]]
) -> None:
    (table,) = CHARTS[chart].tables
    put(lake, schemas, f"gold.{table}", *given)
    assert rows(lake, chart) == expected
