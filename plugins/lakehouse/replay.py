"""Replay of quarantine: its form, and what is asked of the daily batch for the days that would change."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param, get_current_context

from include.contract_files import feeds_by_system
from lakehouse.daily import MOST_DAYS

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

log = logging.getLogger(__name__)

PREVIEW, APPLY = "preview", "apply"
MOST_REASONS = 50


def replay_form() -> dict[str, Param]:
    """The form: which quarantined rows, and what to do with them."""
    feeds = [feed for of_system in feeds_by_system().values() for feed in of_system]
    day = {"type": ["null", "string"], "format": "date"}
    return {
        "feed": Param(feeds[0], enum=feeds, title="Feed", description="Whose quarantine."),
        "reasons": Param(
            [],
            type=["null", "array"],
            items={"type": "string", "pattern": "^[a-z_]+(:[A-Za-z0-9_.\\[\\]]+)?$"},
            maxItems=MOST_REASONS,
            title="Reasons",
            description="Rows with any of these reasons, one a line: as quarantine has it (maximum:cpu_pct), or all of a kind (maximum). "
            f"At most {MOST_REASONS}. Empty: all rows. They choose the days; of a chosen day every row is judged again.",
        ),
        "from_day": Param(None, **day, title="From (UTC day)", description="The first day, such as 2026-03-14. Empty: from the oldest."),
        "to_day": Param(None, **day, title="To (UTC day)", description="The last day, itself included. Empty: to the newest."),
        "action": Param(
            PREVIEW,
            enum=[PREVIEW, APPLY],
            title="Action",
            description="preview judges the quarantined rows by today's contract and changes nothing. apply then builds again, silver to "
            f"gold, exactly the days with a row that passes now, at most {MOST_DAYS} a run, the oldest first, but for days of which "
            "bronze has lost rows. A day is built as a whole: "
            "from all its bronze rows, as of now, by today's contract. So records that came late are in it as well, rows of other reasons "
            "that pass leave quarantine too, and rows that break a rule that is new go there.",
        ),
    }


def judge_again(spark: SparkSession, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Judges what the form asks for, and tells of it in the log and as the XCom `preview`. Returns the run of the daily batch that applies
    it, as arguments of TriggerDagRunOperator; none for a preview, or where no row passes.

    Raises SettingsError for a span of days that is none, ContractError for a feed without a sound contract.
    """
    from include.contracts import load_contracts
    from include.errors import SettingsError
    from jobs.silver.replay import preview

    first, last = (date.fromisoformat(params[name]) if params.get(name) else None for name in ("from_day", "to_day"))
    if first and last and first > last:
        raise SettingsError("this is no span of days", where="from_day, to_day", value=f"{first} to {last}", fix="from_day first")
    contract = load_contracts()[params["feed"]]
    found = preview(spark, contract.feed, reasons=params.get("reasons") or (), first=first, last=last, contract=contract)
    for line in str(found).splitlines():
        log.info(line)
    days = [day.isoformat() for day in found.days]
    if len(days) > MOST_DAYS:
        log.warning("%d days are to be built, this run takes the %d oldest; apply again for the others", len(days), MOST_DAYS)
    told = {"feed": contract.feed, "contract_version": contract.version, "pass": found.passing, "fail": found.failing, "again": found.again}
    which = {"days": days, "lost": sorted(day.isoformat() for day in found.lost)}
    get_current_context()["ti"].xcom_push(key=PREVIEW, value={**told, **which, "lines": str(found).splitlines()})
    run = {"trigger_dag_id": f"daily_{contract.system}", "conf": {"only_days": days[:MOST_DAYS]}}
    return [run] if days and params["action"] == APPLY else []
