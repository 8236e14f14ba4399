"""How many rows of a day each of a feed's four tables holds, as their logs say, by the names of the day's account."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from include.catalog import side_tables
from include.days import DayAccount
from include.delta_log import rows_by_day
from include.settings import LakeSettings

SIDE_ROWS = {"current": "silver_rows", "superseded": "superseded_rows", "quarantine": "quarantine_rows", "dead_letters": "dead_letter_rows"}


def side_rows(lake: LakeSettings, feed: str, day: date) -> dict[str, int]:
    return {SIDE_ROWS[side]: rows_by_day(lake, address).get(day, 0) for side, address in side_tables(feed).items()}


def miscounted(lake: LakeSettings, accounts: Iterable[DayAccount]) -> list[str]:
    """The feeds of which a table holds another number of the day's rows than its account says: somebody has written it since."""
    return sorted(
        account.feed
        for account in accounts
        if any(getattr(account, name) != rows for name, rows in side_rows(lake, account.feed, account.event_date).items())
    )
