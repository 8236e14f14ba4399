"""What bronze does not have any more of the rows that a day was built from: building it again would take them from silver and gold.
No Spark.

Rows that came since do not make up for those that went, so that counts alone do not tell. Kafka's offsets do: the stream reads each
partition in their order, and what is beyond the last record of a partition that the day was built from has come since.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from deltalake import DeltaTable

from include.catalog import side_tables
from include.contracts.model import Contract
from include.delta_log import HeldDay, open_table
from include.grain import RECORD, SIDE_RECORD
from include.queries import ask
from include.settings import LakeSettings

if TYPE_CHECKING:
    from include.days import DayAccount


Tables = Callable[[str], DeltaTable | None]  # by address; None: there is none


def opened_once(lake: LakeSettings) -> Tables:
    """The lake's tables, each opened when it is first asked for: what many days are asked of takes long to open."""
    return cache(partial(open_table, lake))


def lost_of(tables: Tables, contract: Contract, held: HeldDay, account: DayAccount) -> int:
    """The rows that silver was built from and bronze lacks. Reads coordinates where rows came since; else the counts tell."""
    if is_given_up(contract, held, account):
        return account.bronze_rows
    still = _still_held(tables, contract, account) if _came_since(held, account) else None
    return max(0, account.bronze_rows - (held.rows if still is None else still))


def _came_since(held: HeldDay, account: DayAccount) -> bool:
    if account.built_at is None or not account.bronze_rows or not held.rows:
        return False
    return held.rows > account.bronze_rows or held.last_ingested is None or held.last_ingested > account.built_at


def _still_held(tables: Tables, contract: Contract, account: DayAccount) -> int | None:
    """The day's rows in bronze up to the last record of each partition that its four tables have; None where these do not have what the
    account says."""
    built, last = 0, {}
    of_day = f"event_date = date '{account.event_date.isoformat()}'"
    for side, address in side_tables(contract.feed).items():
        topic_id, partition, offset = (f'"{name}"' for name in (RECORD if side == "current" else SIDE_RECORD))
        ends = f"{topic_id} as topic_id, {partition} as place, max({offset}) as latest, count(*) as number"
        table = tables(address)
        query = f"select {ends} from held where {of_day} group by {topic_id}, {partition}"
        for found in [] if table is None else ask({"held": table}, query).to_pylist():
            place = found["topic_id"], found["place"]
            built, last[place] = built + found["number"], max(last.get(place, -1), found["latest"])
    bronze = tables(contract.bronze)
    if built != account.bronze_rows or bronze is None:
        return None
    until = [f'({_is("topic_id", topic_id)} and "partition" = {place} and "offset" <= {end})' for (topic_id, place), end in last.items()]
    (counted,) = ask({"bronze": bronze}, f"select count(*) as number from bronze where {of_day} and ({' or '.join(until)})").to_pylist()
    return int(counted["number"])


def _is(name: str, value: str | None) -> str:
    return f"{name} is null" if value is None else f"{name} = '{value}'"


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
