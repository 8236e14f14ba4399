"""The form of the DAG `rebuild`, and which days of which systems it means: one piece of work each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from airflow.sdk import Param

from include.errors import SettingsError
from include.rebuild_names import systems_by_name
from include.words import many
from lakehouse.daily import MOST_DAYS as MOST_PIECES

ACTIONS = ("preview", "apply", "undo")


def form() -> dict[str, Param]:
    names = list(systems_by_name())
    optional_day = {"type": ["null", "string"], "format": "date"}
    of_range = "The {} UTC day, such as 2026-03-14. An undoing takes all days of the rebuild without one."
    of_last = f"{of_range.format('last')} Empty: the first one. Not without the first one."
    return {
        "tables": Param(
            [],
            type="array",
            items={"type": "string", "enum": names},
            examples=names,
            title="Tables or systems",
            description="A table means its system: silver and gold of a day are built together. Not needed to undo.",
        ),
        "from_day": Param(None, **optional_day, title="From (UTC)", description=of_range.format("first")),
        "to_day": Param(None, **optional_day, title="To (UTC)", description=of_last),
        "action": Param(
            "preview",
            enum=list(ACTIONS),
            title="Action",
            description="preview says what a rebuild would meet and writes nothing; apply builds the days; undo takes a rebuild back.",
        ),
        "rebuild_id": Param(None, type=["null", "string"], title="Rebuild", description="The rebuild to undo, as ops.rebuilds names it."),
        "force": Param(
            False,
            type="boolean",
            title="Force",
            description="Build days of which bronze has lost rows, which silver and gold lose then; undo days that were built again since, "
            "or not to their end.",
        ),
    }


def days_asked(params: Mapping[str, Any]) -> list[date]:
    """The days from the form's first to its last, newest first; none without either. Raises SettingsError for a range that is none."""
    if not params["from_day"]:
        if params["to_day"]:
            fix = "name the first day too; without both an undoing takes all days of the rebuild"
            raise SettingsError("a last day means nothing without a first one", where="to_day", value=params["to_day"], fix=fix)
        return []
    first = date.fromisoformat(params["from_day"])
    last = date.fromisoformat(params["to_day"] or params["from_day"])
    if not 0 <= (last - first).days < MOST_PIECES:
        fix = f"from the earlier to the later, at most {MOST_PIECES} days"
        raise SettingsError("this is no range of days", where="from_day, to_day", value=f"{first} to {last}", fix=fix)
    return [last - timedelta(days=number) for number in range((last - first).days + 1)]


def pieces(systems: Sequence[str], days: Sequence[date]) -> list[tuple[str, date]]:
    """Each system with each day. Raises SettingsError where these are more than Airflow takes in one run."""
    if len(systems) * len(days) > MOST_PIECES:
        asked = f"{many(len(systems), 'system')}, {many(len(days), 'day')} each: {len(systems) * len(days):,}"
        fix = f"split it: at most {MOST_PIECES // len(systems)} days a run for these systems, or fewer systems a run"
        told = f"one run takes at most {MOST_PIECES} pieces of work, a day of a system each"
        raise SettingsError(told, where="tables, from_day, to_day", value=asked, fix=fix)
    return [(system, day) for system in systems for day in days]
