"""/dashboards: the charts of each system, and their figures."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Literal

from fastapi import APIRouter, HTTPException, Request

from include.settings import LakeSettings
from include.table_pages import Span
from lakehouse.web.answers import ChartFigures, DashboardInDetail
from lakehouse.web.api.parameters import NOT_THERE, First, Last, refuse_others
from lakehouse.web.dashboards import DASHBOARDS
from lakehouse.web.dashboards.query import choices, figures

router = APIRouter(prefix="/dashboards", tags=["dashboards"])
System = Literal[tuple(DASHBOARDS)]  # type: ignore[valid-type]
_WEEK = timedelta(days=7)
_TIMES = {"from", "to"}


@router.get("/{system}")
def show_dashboard(system: System) -> DashboardInDetail:
    """A system's charts, and what can be chosen: the values that the last 30 days have."""
    dashboard, lake, now = DASHBOARDS[system], LakeSettings.from_environment(), datetime.now(UTC)
    charts = [{name: value for name, value in asdict(chart).items() if name != "sql"} for chart in dashboard.charts]
    filters = [asdict(each) | {"choices": choices(lake, each, now)} for each in dashboard.filters]
    return DashboardInDetail(
        system=system, title=dashboard.title, charts=charts, filters=filters, words=dict(dashboard.words), alerts=dashboard.alerts
    )


@router.get("/{system}/{chart}", responses=NOT_THERE)
def show_figures(system: System, chart: str, request: Request, first: First = None, last: Last = None) -> ChartFigures:
    """A chart's figures, of the last seven days unless a span is given. What else is given is a value of one of the dashboard's filters,
    by the name of its column."""
    dashboard = DASHBOARDS[system]
    known = {each.name: each for each in dashboard.charts}
    if chart not in known:
        raise HTTPException(404, f"there is no such chart; known: {', '.join(known)}")
    chosen = {name: value for name, value in request.query_params.items() if name not in _TIMES and value}
    refuse_others(chosen, ["from", "to", *(each.column for each in dashboard.filters)], "filter")
    end = last or datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)  # the same question for a minute
    found = figures(LakeSettings.from_environment(), known[chart], Span(first or end - _WEEK, end), chosen)
    return ChartFigures(columns=list(found.columns), rows=found.rows, bucket_seconds=int(found.bucket.total_seconds()), is_cut=found.is_cut)
