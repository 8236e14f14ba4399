"""What is not as it should be, by what the tables say: days that are not built, too many bad rows, a ledger that is open, live tables that
are behind. No Spark."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from include.bad_rows import too_many
from include.catalog import live_tables, window_of
from include.contracts.model import Contract
from include.days import ACCOUNTS, DayAccount
from include.delta_log import HeldDay
from include.ops_tables import get_rows
from include.settings import LakeSettings
from include.watch.signals import KAFKA, Signal

LEDGER, LEDGER_DAYS = "ops.ledger", "ops.ledger_days"
JUDGED_DAYS = 3  # the last ones that are over; those before them are built with the next run, or were given up by a person
DUE = timedelta(hours=4)  # after the midnight whose run is to build the day
BUILDING = timedelta(hours=2)  # a day that is built once more is open meanwhile; a Spark task may take that long
LIVE_LATE = timedelta(minutes=5)  # records that break their contract reach no live table, and some minutes of them are no news
_TOLD, _LETTERS = 3, 300  # findings, and letters of each
_MIDNIGHT = time(tzinfo=UTC)
Held = Callable[[Contract], Mapping[date, HeldDay]]


def accounts_since(lake: LakeSettings, first: date) -> list[DayAccount]:
    """The accounts of the days from that one on, and of all days that are not closed. Raises StoreError."""
    rows = get_rows(lake, ACCOUNTS, f"built_at is null or event_date >= date '{first.isoformat()}'")
    return [DayAccount(**row) for row in rows]


def judged_days(today: date) -> list[date]:
    """The days that are over and judged, the newest first."""
    return [today - timedelta(days=number) for number in range(1, JUDGED_DAYS + 1)]


def of_quarantine(lake: LakeSettings, contracts: Mapping[str, Contract], accounts: Iterable[DayAccount]) -> list[Signal]:
    """One signal a feed of which days wait for a person, as the daily DAG has judged too many of their rows bad. That task's failure was
    mailed. Raises StoreError."""
    told: dict[str, list[str]] = defaultdict(list)
    for each in accounts:
        contract = contracts.get(each.feed)
        if contract is not None and each.built_at is None and not each.being_written:
            bad = each.quarantine_rows + each.dead_letter_rows
            if found := too_many(lake, contract, each.event_date, each.bronze_rows, bad):
                told[each.feed].append(found)
    fix = "mend the producers; or the contract, with `headwater replay FEED --apply`; gold of these days keeps what it had until then"
    cause = "too many rows are bad"
    return [
        Signal(f"quarantine/{feed}", "critical", cause, f"silver of {feed}", _in_short(days), fix, told=True)
        for feed, days in sorted(told.items())
    ]


def of_ledger(lake: LakeSettings, feeds: Collection[str]) -> list[Signal]:
    """One signal a feed of which the last audit has found rows or offsets that should be closed and are not. Raises StoreError."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in get_rows(lake, LEDGER, "state = 'open'"):
        told = row["findings"] or ["no commit says that it was read"]
        found[row["feed"]] += [f"partition {row['partition']}: {finding}" for finding in told]
    for row in get_rows(lake, LEDGER_DAYS, "state = 'open'"):
        if row.get("wrong"):  # the others mend themselves with the next run
            found[row["feed"]].append(f"{row['event_date']}: {row['finding']}")
    fix = "`headwater ledger FEED --days` names it to the offset; docs/ledger.md says for each finding what to do"
    return [
        Signal(f"ledger/{feed}", "critical", "the ledger does not close", f"bronze.{feed}", _in_short(findings), fix, (f"table/{feed}",))
        for feed, findings in sorted(found.items())
        if feed in feeds
    ]


def of_days(contracts: Iterable[Contract], accounts: Iterable[DayAccount], held: Held, now: datetime) -> list[Signal]:
    """One signal a system of which a day is over, has rows in bronze, and is not built hours after the run that was to build it. `held`:
    what bronze has of a feed by day; asked of the feeds alone of which a day lacks its build."""
    built = {(each.feed, each.event_date) for each in accounts if each.built_at is not None}
    late: dict[str, dict[date, list[str]]] = defaultdict(lambda: defaultdict(list))
    for contract in contracts:
        missing = [day for day in judged_days(now.date()) if (contract.feed, day) not in built and now >= _run_for(day, None) + DUE]
        has = held(contract) if missing else {}
        for day in missing:
            if day in has and has[day].rows and now >= _run_for(day, has[day].first_ingested) + DUE:
                late[contract.system][day].append(contract.feed)
    return [_unbuilt(system, days) for system, days in sorted(late.items())]


def _run_for(day: date, first_came: datetime | None) -> datetime:
    """The midnight whose scheduled run is the first to find the rows of the day."""
    over = datetime.combine(day + timedelta(days=1), _MIDNIGHT)
    if first_came is None or first_came <= over:
        return over
    return datetime.combine(first_came.astimezone(UTC).date() + timedelta(days=1), _MIDNIGHT)


def _unbuilt(system: str, days: Mapping[date, Sequence[str]]) -> Signal:
    feeds = sorted({feed for of_day in days.values() for feed in of_day})
    told = "; ".join(f"{day}: {', '.join(of_day)}" for day, of_day in sorted(days.items()))
    fix = f"see the runs of the DAG `daily_{system}`: is it paused, did one fail? Clear what failed, or trigger it for the day"
    because = (KAFKA, "stream", "lag", *(f"{kind}/{feed}" for feed in feeds for kind in ("parked", "table", "quarantine")))
    where = f"silver and gold of {system}"
    return Signal(f"days/{system}", "warning", "a day that is over is not built", where, told, fix, because, persists=BUILDING)


def of_live(
    group: str, contracts: Sequence[Contract], kept: Collection[str], newest: Mapping[str, datetime | None], coming: Collection[str]
) -> list[Signal]:
    """One signal for the live tables of a driver of which the newest window is older than what bronze has, by more than the window is long
    and the contract allows. `kept`: the live tables that the driver has at work; `newest`: the newest event of each table, by its address;
    `coming`: the feeds of which records come: of others nothing new is due."""
    by_feed = {contract.feed: contract for contract in contracts}
    behind = {}
    for table, feeds in sorted(live_tables(by_feed).items()):
        due = [newest.get(by_feed[feed].bronze) for feed in feeds if feed in coming]
        event = max((at for at in due if at is not None), default=None)
        if table in kept and event is not None:
            allowed = window_of(table) + timedelta(seconds=max(by_feed[feed].sla.freshness_seconds for feed in feeds))
            at = newest.get(f"live.{table}")
            if at is None or event - at > allowed:
                last = "no window, or it cannot be read" if at is None else f"newest window {at:%Y-%m-%d %H:%M} UTC"
                behind[table] = f"live.{table}: {last}, bronze has events of {event:%Y-%m-%d %H:%M:%S} UTC"
    if not behind:
        return []
    fix = "see the table's last error: `headwater status`, stream-<group>.log; or whether all that comes breaks its contract"
    because, parked = (KAFKA, f"stream/{group}", f"lag/{group}"), tuple(f"live-parked/{table}" for table in behind)
    what = "; ".join(behind.values())
    return [Signal(f"live/{group}", "warning", "live tables are behind", f"group {group}", what, fix, because, parked, LIVE_LATE)]


def _in_short(findings: Sequence[str]) -> str:
    told = "; ".join(each if len(each) <= _LETTERS else f"{each[:_LETTERS]}…" for each in findings[:_TOLD])
    return told if len(findings) <= _TOLD else f"{told}; and {len(findings) - _TOLD} more"
