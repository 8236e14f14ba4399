"""Asking a dashboard's chart for its figures."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from lakehouse.web.dashboards import DASHBOARDS
from lakehouse.web.dashboards.query import Figures, figures

from include.settings import LakeSettings
from include.table_pages import Span
from tests.jobs.bronze_rows import DAY

CHARTS = {f"{system}.{chart.name}": chart for system, dashboard in DASHBOARDS.items() for chart in dashboard.charts}
TODAY = DAY + timedelta(days=1)  # unless a test says otherwise


def span_of(first: date, days: int) -> Span:
    """Whole days; two of them have bars of ten minutes."""
    start = datetime.combine(first, time(), UTC)
    return Span(start, start + timedelta(days=days))


TWO_DAYS = span_of(DAY, 2)


def ask(lake: LakeSettings, chart: str, span: Span = TWO_DAYS, today: date = TODAY, **chosen: str) -> Figures:
    return figures(lake, CHARTS[chart], span, chosen, today)


def rows(lake: LakeSettings, chart: str, span: Span = TWO_DAYS, today: date = TODAY, **chosen: str) -> list[tuple[Any, ...]]:
    """The chart's x, split and y, in the order of the answer; a time of DAY as its clock has it."""
    answer, asked = ask(lake, chart, span, today, **chosen), CHARTS[chart]
    drawn = [asked.x, *([asked.split] if asked.split else []), *asked.y]
    places = [answer.columns.index(column) for column in drawn] if answer.rows else []
    return [tuple(_clock(row[place]) for place in places) for row in answer.rows]


def _clock(value: Any) -> Any:
    return value.removeprefix(f"{DAY}T").removesuffix(":00+00:00") if isinstance(value, str) else value
