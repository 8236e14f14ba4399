"""What bronze does not have any more of the rows that a day was built from: building it again would take them from silver and gold.
No Spark."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from include.contracts.model import Contract
from include.delta_log import HeldDay

if TYPE_CHECKING:
    from include.days import DayAccount


def lost_of(contract: Contract, held: HeldDay, account: DayAccount) -> int:
    """The rows that silver was built from and bronze lacks. Rows that came after the contract's retention took the day do not make up for
    those that went."""
    return account.bronze_rows if is_given_up(contract, held, account) else max(0, account.bronze_rows - held.rows)


def is_given_up(contract: Contract, held: HeldDay, account: DayAccount) -> bool:
    """Whether bronze has none of the rows any more that the day was built from, since the contract's retention took them: what it has
    came later. Such a day is as it is: no build of its own accord, and no deletion, is right for it."""
    if account.built_at is None or not account.bronze_rows or not past_retention(contract, account.event_date):
        return False
    return not held.rows or (held.first_ingested is not None and held.first_ingested > account.built_at)


def past_retention(contract: Contract, day: date, today: date | None = None) -> bool:
    """Whether the contract lets bronze delete the day. `today`: the UTC day, unless told otherwise."""
    kept = contract.sla.retention_days
    return kept is not None and day < (today or datetime.now(UTC).date()) - timedelta(days=kept)
