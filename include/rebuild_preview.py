"""What a rebuild of days would meet: how much there is, how long it may take, and whether bronze still has everything. No Spark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from include.bronze_losses import lost_of, opened_once
from include.contracts.model import Contract
from include.days import day_accounts
from include.delta_log import Extent, HeldDay, extents, held_days, open_table
from include.grain import is_undivided, tables_of_system
from include.rebuilds import past_seconds
from include.settings import LakeSettings

_NEAREST = 3


@dataclass(frozen=True)
class FeedPreview:
    """A feed's bronze rows of a day: there now, and those that silver was built from and bronze does not have any more: a rebuild would
    take them from silver and gold."""

    feed: str
    bronze_rows: int
    missing: int


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
    bronze = {contract.feed: held_days(lake, contract.bronze) for contract in contracts}
    accounts = {(account.feed, account.event_date): account for account in day_accounts(lake, feeds)}
    tables = {address: _extents(lake, address) for address in tables_of_system(system, feeds)}
    opened = opened_once(lake)
    past = past_seconds(lake, [system])[system]

    def of_feed(contract: Contract, day: date) -> FeedPreview:
        held, account = bronze[contract.feed].get(day, HeldDay()), accounts.get((contract.feed, day))
        return FeedPreview(contract.feed, held.rows, 0 if account is None else lost_of(opened, contract, held, account))

    def of_day(day: date) -> DayPreview:
        of_feeds = tuple(of_feed(contract, day) for contract in contracts)
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
