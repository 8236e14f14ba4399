"""How much of a feed's day may be bad before gold of the day is better left as it is. No Spark."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from include.catalog import side_tables
from include.contracts.model import Contract
from include.delta_log import open_table
from include.queries import ask
from include.settings import LakeSettings

# A share says little of a few rows: fewer bad ones than this never stop a day, however small it is, unless none may be bad.
FEWEST_BAD_ROWS = 20
TOLD_REASONS = 5


@dataclass(frozen=True)
class BadReason:
    """Why rows are bad, and how many. `side`: `quarantine`, of which a replay can judge rows again, or `dead_letters`."""

    side: str
    reason: str
    rows: int


def too_many(lake: LakeSettings, contract: Contract, day: date, bronze: int, bad: int) -> str:
    """What to tell of the feed's day where more of its rows are in quarantine and dead letters than its contract allows; else ""."""
    limit = contract.bad_rows_limit_pct
    if bad * 100 <= limit * bronze or (limit and bad < FEWEST_BAD_ROWS):
        return ""
    reasons = ", ".join(f"{found.reason} {found.rows}" for found in bad_reasons(lake, contract.feed, day, day)[:TOLD_REASONS])
    share = f"{bad} of {bronze} rows are bad, {100 * bad / bronze:.1f} %, and its contract allows {limit:g} %"
    return f"{contract.feed} of {day}: {share}; most often {reasons}"


def bad_reasons(lake: LakeSettings, feed: str, first: date, last: date) -> list[BadReason]:
    """Why rows of these days are bad and how many each: a row counts for each of its reasons. The most frequent first, then by name."""
    found: list[BadReason] = []
    for side, reason in (("quarantine", "unnest(reasons)"), ("dead_letters", "reason")):
        table = open_table(lake, side_tables(feed)[side])
        if table is not None:
            days = f"event_date between date '{first.isoformat()}' and date '{last.isoformat()}'"
            query = f"select reason, count(*) as found from (select {reason} as reason from bad where {days}) group by reason"
            found += [BadReason(side, row["reason"], row["found"]) for row in ask({"bad": table}, query).to_pylist()]
    return sorted(found, key=lambda each: (-each.rows, each.reason))
