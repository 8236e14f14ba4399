"""/dashboards: the charts of each system, and their figures."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Request

from include.settings import LakeSettings
from lakehouse.web.answers import ChartFigures, DashboardInDetail, DashboardNamed, Dashboards
from lakehouse.web.api.parameters import NOT_THERE, Within, of_the_last, only_known_parameters, refuse_others
from lakehouse.web.dashboards import DASHBOARDS
from lakehouse.web.dashboards.query import choices, figures

router = APIRouter(prefix="/dashboards", tags=["dashboards"])
System = Literal[tuple(DASHBOARDS)]  # type: ignore[valid-type]
_WEEK = timedelta(days=7)
_TIMES = {"from", "to"}


@router.get("", dependencies=[Depends(only_known_parameters)])
def list_dashboards() -> Dashboards:
    """Which there are, in the order in which they are shown."""
    return Dashboards(items=[DashboardNamed(system=system, title=each.title) for system, each in DASHBOARDS.items()])


@router.get("/{system}", dependencies=[Depends(only_known_parameters)])
def show_dashboard(system: System) -> DashboardInDetail:
    """A system's charts, and what can be chosen: the values that the last 30 days have."""
    dashboard, lake, now = DASHBOARDS[system], LakeSettings.from_environment(), datetime.now(UTC)
    charts = [_without_sql(asdict(chart)) | {"has_live": chart.has_live} for chart in dashboard.charts]
    filters = [asdict(each) | {"choices": choices(lake, each, now)} for each in dashboard.filters]
    return DashboardInDetail(
        system=system, title=dashboard.title, charts=charts, filters=filters, words=dict(dashboard.words), alerts=dashboard.alerts
    )


def _without_sql(chart: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in chart.items() if name != "sql"}


def _filters() -> list[dict[str, Any]]:
    """The filters of all dashboards as OpenAPI has parameters: which of them an address has depends on the system in it."""
    labels: dict[str, dict[str, str]] = {}
    for system, dashboard in DASHBOARDS.items():
        for each in dashboard.filters:
            labels.setdefault(each.column, {})[system] = each.label
    return [
        {
            **{"name": column, "in": "query", "required": False, "schema": {"type": "string"}},
            "description": "; ".join(f"{label}, of {system}" for system, label in of_systems.items()) + ". Of other systems it is refused.",
        }
        for column, of_systems in labels.items()
    ]


@router.get("/{system}/{chart}", responses=NOT_THERE, openapi_extra={"parameters": _filters()})
def show_figures(system: System, chart: str, request: Request, span: Within) -> ChartFigures:
    """A chart's figures, of seven days where the span has no beginning. What else is given is a value of one of the dashboard's filters,
    by the name of its column."""
    dashboard = DASHBOARDS[system]
    known = {each.name: each for each in dashboard.charts}
    if chart not in known:
        raise HTTPException(404, f"there is no such chart; known: {', '.join(known)}")
    chosen = {name: value for name, value in request.query_params.items() if name not in _TIMES}
    refuse_others(chosen, ["from", "to", *(each.column for each in dashboard.filters)], "filter")
    now = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)  # the same question for a minute
    found = figures(LakeSettings.from_environment(), known[chart], of_the_last(_WEEK, span, now), chosen)
    return ChartFigures(columns=list(found.columns), rows=found.rows, bucket_seconds=int(found.bucket.total_seconds()), is_cut=found.is_cut)
