"""Proves from the tables' own logs that each bronze row of a day is in exactly one table, and that not too many are bad. No Spark."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date

from include.bad_rows import too_many
from include.contracts import load_contracts
from include.contracts.model import Contract
from include.day_rows import SIDE_ROWS, side_rows
from include.days import DayAccount, day_accounts
from include.delta_log import open_table, rows_by_day, version
from include.errors import DayAccountError, StoreError, TooManyBadRows
from include.settings import LakeSettings

log = logging.getLogger(__name__)


def check_day(
    system: str, day: date, *, lake: LakeSettings | None = None, contracts: Sequence[Contract] | None = None
) -> dict[str, dict[str, int | None]]:
    """Feed → the day's rows in bronze, as of the version that silver read, and in each of the four tables, as they are now.

    Bronze's log keeps its versions for some hours. Later the number that silver recorded stands for bronze, and the log says so.
    Raises DayAccountError, with all numbers of all feeds that are wrong, where bronze is not the sum of the four, where a
    table holds another number than silver says it wrote, or where silver has not built the day. Raises TooManyBadRows where
    they add up, and more of a feed's rows are bad than its contract allows: gold stays as it was, and the day is stale.
    """
    lake = lake or LakeSettings.from_environment()
    contracts = contracts if contracts is not None else load_contracts().of_system(system)
    recorded = {account.feed: account for account in day_accounts(lake, [contract.feed for contract in contracts], day)}
    found = {contract.feed: _in_tables(lake, contract, day, recorded.get(contract.feed)) for contract in contracts}
    wrong = [problem for feed, numbers in found.items() for problem in _problems(feed, numbers, recorded.get(feed))]
    if wrong:
        raise DayAccountError(
            "the rows of the day do not add up",
            where=f"{system} {day}: {'; '.join(wrong)}",
            value=found,
            fix="clear the day's silver task: it replaces the day; if it stays so, a table was written by somebody else",
        )
    bad = [told for contract in contracts if (told := _bad(lake, contract, day, found[contract.feed]))]
    if bad:
        raise TooManyBadRows(
            "too much of the day is in quarantine and dead letters; gold keeps what it had",
            where="; ".join(bad),
            fix="mend the producers; or, where the rows are right, the contract, with `headwater replay FEED --apply`; or raise"
            " badRowsLimitPct in the contract; the day is stale, and the next run tries again",
        )
    return found


def _bad(lake: LakeSettings, contract: Contract, day: date, rows: dict[str, int | None]) -> str:
    return too_many(lake, contract, day, rows["bronze_rows"] or 0, (rows["quarantine_rows"] or 0) + (rows["dead_letter_rows"] or 0))


def _in_tables(lake: LakeSettings, contract: Contract, day: date, account: DayAccount | None) -> dict[str, int | None]:
    pinned = account.bronze_version if account else None
    bronze = 0 if account is None or pinned is None else _in_bronze(lake, contract, account, pinned)
    return {"bronze_rows": bronze, **side_rows(lake, contract.feed, day), "bronze_version": pinned}


def _in_bronze(lake: LakeSettings, contract: Contract, account: DayAccount, pinned: int) -> int:
    """The day's rows in that version of bronze; the recorded ones where the version has left the log's retention."""
    try:
        if open_table(lake, contract.bronze, pinned) is not None:
            return rows_by_day(lake, contract.bronze, pinned).get(account.event_date, 0)
    except StoreError:
        # A store that is away raises here too, and a table that never had this version is no older than it.
        if (version(lake, contract.bronze) or 0) <= pinned:
            raise
    if version(lake, contract.bronze) is None:
        return 0
    told = "%s: version %d of %s has left its log; the %d rows that silver recorded of %s stand for it"
    log.warning(told, contract.feed, pinned, contract.bronze, account.bronze_rows, account.event_date)
    return account.bronze_rows


def _problems(feed: str, numbers: dict[str, int | None], account: DayAccount | None) -> list[str]:
    if account is None or account.is_begun:
        return [f"{feed}: silver has not built the day"]
    total = sum(numbers[name] or 0 for name in SIDE_ROWS.values())
    problems = [] if numbers["bronze_rows"] == total else [f"{feed}: bronze has {numbers['bronze_rows']} rows, its four tables {total}"]
    for name, rows in numbers.items():
        if rows != getattr(account, name):
            problems.append(f"{feed}: {name} is {rows}, silver recorded {getattr(account, name)}")
    return problems
