"""How much of a feed's day may be bad before gold of the day is better left as it is. No Spark."""

from __future__ import annotations

from collections import Counter
from datetime import date

from include.catalog import side_tables
from include.contracts.model import Contract
from include.delta_log import open_table
from include.queries import ask
from include.settings import LakeSettings

# A share says little of a few rows: fewer bad ones than this never stop a day, however small it is, unless none may be bad.
FEWEST_BAD_ROWS = 20
TOLD_REASONS = 5


def too_many(lake: LakeSettings, contract: Contract, day: date, bronze: int, bad: int) -> str:
    """What to tell of the feed's day where more of its rows are in quarantine and dead letters than its contract allows; else ""."""
    limit = contract.bad_rows_limit_pct
    if bad * 100 <= limit * bronze or (limit and bad < FEWEST_BAD_ROWS):
        return ""
    reasons = ", ".join(f"{reason} {rows}" for reason, rows in bad_reasons(lake, contract.feed, day, day)[:TOLD_REASONS])
    share = f"{bad} of {bronze} rows are bad, {100 * bad / bronze:.1f} %, and its contract allows {limit:g} %"
    return f"{contract.feed} of {day}: {share}; most often {reasons}"


def bad_reasons(lake: LakeSettings, feed: str, first: date, last: date) -> list[tuple[str, int]]:
    """Why rows of these days are bad and how many each: a row counts for each of its reasons. The most frequent first, then by name."""
    found: Counter[str] = Counter()
    for side, reason in (("quarantine", "unnest(reasons)"), ("dead_letters", "reason")):
        table = open_table(lake, side_tables(feed)[side])
        if table is not None:
            days = f"event_date between date '{first.isoformat()}' and date '{last.isoformat()}'"
            query = f"select reason, count(*) as found from (select {reason} as reason from bad where {days}) group by reason"
            found.update({row["reason"]: row["found"] for row in ask({"bad": table}, query).to_pylist()})
    return sorted(found.items(), key=lambda each: (-each[1], each[0]))
