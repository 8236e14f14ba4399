"""What is left of a chart of which there is more than can be drawn: the newest, whole, in the chart's order."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lakehouse.web.dashboards import query

from include.settings import LakeSettings
from tests.jobs.bronze_rows import DAY, NOON
from tests.plugins.lakehouse.web.dashboards.asking import CHARTS, ask, span_of
from tests.plugins.lakehouse.web.dashboards.gold_rows import Schemas, put

DAYS = 5
TIMES = ("time", "event_date", "trained_at")


@pytest.fixture(autouse=True)
def nothing_is_kept() -> None:
    """No answer of the same question that was cut elsewhere."""
    query._figures.cache_clear()


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_that_is_cut_keeps_the_newest_and_another_one_the_first(
    lake: LakeSettings, schemas: Schemas, monkeypatch: pytest.MonkeyPatch, chart: str
) -> None:
    asked, span = CHARTS[chart], span_of(DAY, DAYS)
    for table in asked.tables:
        of_row = {"window_start": NOON, "trained_at": NOON, "event_date": DAY}
        known = {name: value for name, value in of_row.items() if name in schemas[f"gold.{table}"].names}
        put(lake, schemas, f"gold.{table}", *[{name: value + timedelta(days=day) for name, value in known.items()} for day in range(DAYS)])
    whole = ask(lake, chart, span, DAY + timedelta(days=DAYS))
    query._figures.cache_clear()
    monkeypatch.setattr(query, "MOST_ROWS", most := max(len(whole.rows) - 1, 1))
    cut = ask(lake, chart, span, DAY + timedelta(days=DAYS))
    is_over_time = asked.x in TIMES and asked.kind != "rows"
    assert cut.rows == (whole.rows[-most:] if is_over_time else whole.rows[:most])
    assert (whole.is_cut, cut.is_cut) == (False, len(whole.rows) > 1)


def test_a_time_of_which_rows_are_missing_is_left_out(lake: LakeSettings, schemas: Schemas, monkeypatch: pytest.MonkeyPatch) -> None:
    of_days = [
        {"event_date": DAY + timedelta(days=day), "level": level, "log_count": 1} for day in (0, 1, 2) for level in ("ERROR", "INFO")
    ]
    put(lake, schemas, "gold.log_levels", *of_days)
    monkeypatch.setattr(query, "MOST_ROWS", 3)
    cut = ask(lake, "commerce.levels", span_of(DAY, 3), DAY + timedelta(days=3))
    newest = str(DAY + timedelta(days=2))
    assert sorted(row[:2] for row in cut.rows) == [[newest, "ERROR"], [newest, "INFO"]]


def test_of_one_time_alone_some_rows_are_kept(lake: LakeSettings, schemas: Schemas, monkeypatch: pytest.MonkeyPatch) -> None:
    put(lake, schemas, "gold.log_levels", *[{"event_date": DAY, "level": level, "log_count": 1} for level in ("DEBUG", "ERROR", "INFO")])
    monkeypatch.setattr(query, "MOST_ROWS", 2)
    cut = ask(lake, "commerce.levels")
    assert (len(cut.rows), cut.is_cut) == (2, True)
