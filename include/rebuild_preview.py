"""What a rebuild of days would meet: how much there is, how long it may take, and whether bronze still has everything. No Spark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from include.contracts.model import Contract
from include.days import day_accounts
from include.delta_log import Extent, extents, open_table, rows_by_day
from include.grain import is_undivided, tables_of_system
from include.rebuilds import past_seconds
from include.settings import LakeSettings

_NEAREST = 3


@dataclass(frozen=True)
class FeedPreview:
    """A feed's bronze rows of a day: there now, and when the day was last built (None: it was not, or not to its end)."""

    feed: str
    bronze_rows: int
    built_from: int | None

    @property
    def missing(self) -> int:
        """Rows that silver was built from and bronze does not have any more: a rebuild would take them from silver and gold."""
        return max(0, (self.built_from or 0) - self.bronze_rows)


@dataclass(frozen=True)
class DayPreview:
    """A system's day as it is before a rebuild. `seconds` is an estimate from earlier rebuilds; None without any."""

    system: str
    day: date
    feeds: tuple[FeedPreview, ...]
    tables: dict[str, Extent]
    seconds: float | None

    @property
    def bronze_rows(self) -> int:
        return sum(feed.bronze_rows for feed in self.feeds)

    @property
    def missing(self) -> dict[str, int]:
        """Feed → the rows that bronze has lost, of those that have lost any."""
        return {feed.feed: feed.missing for feed in self.feeds if feed.missing}


def preview(lake: LakeSettings, system: str, contracts: Sequence[Contract], days: Iterable[date]) -> list[DayPreview]:
    """The days as they are, in the order in which they were given. Each table's log is read once."""
    feeds = [contract.feed for contract in contracts]
    bronze = {contract.feed: rows_by_day(lake, contract.bronze) for contract in contracts}
    built = {(account.feed, account.event_date): account.bronze_rows for account in day_accounts(lake, feeds) if account.built_at}
    tables = {address: _extents(lake, address) for address in tables_of_system(system, feeds)}
    past = past_seconds(lake, [system])[system]

    def of_day(day: date) -> DayPreview:
        of_feeds = tuple(FeedPreview(feed, bronze[feed].get(day, 0), built.get((feed, day))) for feed in feeds)
        now = {address: found.get(None if is_undivided(address) else day, Extent()) for address, found in tables.items()}
        return DayPreview(system, day, of_feeds, now, estimate(past, sum(feed.bronze_rows for feed in of_feeds)))

    return [of_day(day) for day in days]


def estimate(past: Sequence[tuple[int, float]], rows: int) -> float | None:
    """The mean seconds of the earlier days (rows, seconds) that are nearest in rows; None without any."""
    nearest = sorted(past, key=lambda each: abs(each[0] - rows))[:_NEAREST]
    return sum(seconds for _, seconds in nearest) / len(nearest) if nearest else None


def _extents(lake: LakeSettings, address: str) -> dict[date | None, Extent]:
    table = open_table(lake, address)
    return {} if table is None else extents(table)
