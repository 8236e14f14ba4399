"""Which days a run was asked for, whatever started it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param

if TYPE_CHECKING:
    from airflow.sdk import Context

DAY = timedelta(days=1)


def day_param() -> dict[str, Param]:
    """The form of a DAG that builds days."""
    help_text = (
        "The UTC day to build, such as 2026-03-14. Empty: the day of the run's data interval, else yesterday. "
        "Past days that new rows touched are built as well."
    )
    only = "These UTC days and no other, not even those that new rows touched; one a line. Empty: as the field above says."
    return {
        "day": Param(None, type=["null", "string"], format="date", title="Day (UTC)", description=help_text),
        "only_days": Param(
            [], type=["null", "array"], items={"type": "string", "format": "date"}, title="Only these days (UTC)", description=only
        ),
    }


def days_of_interval(start: datetime, end: datetime) -> list[date]:
    """The UTC days that [start, end) touches, oldest first; an interval of no length is the day it stands in."""
    first = start.astimezone(UTC).date()
    last = (end.astimezone(UTC) - timedelta(microseconds=1)).date() if end > start else first
    return [first + n * DAY for n in range((last - first).days + 1)]


def requested_days(params: Mapping[str, Any], start: datetime | None, end: datetime | None, run_after: datetime) -> list[date]:
    """The days that a run was asked for, oldest first.

    The form's days come first, then its day, then the data interval. A run that was triggered without a logical date has neither: it means
    the last day that was over when it was triggered, as a scheduled run at that time would.
    """
    if params.get("only_days"):
        return sorted({date.fromisoformat(day) for day in params["only_days"]})
    if params.get("day"):
        return [date.fromisoformat(params["day"])]
    if start is not None and end is not None:
        return days_of_interval(start, end)
    return [run_after.astimezone(UTC).date() - DAY]


def requested_by(context: Context) -> tuple[list[date], bool]:
    """The days that the run of a task was asked for, and whether it builds them alone: a backfill, or a form that says so."""
    run = context["dag_run"]
    days = requested_days(context["params"], run.data_interval_start, run.data_interval_end, run.run_after)
    return days, _run_type(context) == "backfill" or bool(context["params"].get("only_days"))


def is_scheduled(context: Context) -> bool:
    """Whether nobody asked for the run of a task: the clock has started it."""
    return _run_type(context) == "scheduled"


def _run_type(context: Context) -> str:
    run_type = context["dag_run"].run_type
    return str(getattr(run_type, "value", run_type))
