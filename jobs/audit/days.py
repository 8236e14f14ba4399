"""ops.ledger_days: did every bronze row of a day end in exactly one of silver, superseded, quarantine and dead letters; grain: one row
per feed and event_date. Rows are counted from the data files themselves; what the batch says of itself (ops.day_accounts) is only
asked whether the day should add up by now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa

from include.settings import LakeSettings
from jobs.audit import tables
from jobs.audit.files import Counted

ADDRESS = "ops.ledger_days"
CLAIMS = "ops.day_accounts"
SIDES = {"current": "silver", "superseded": "superseded", "quarantine": "quarantine", "dead_letters": "dead_letters"}
SCHEMA = pa.schema(
    [
        ("feed", pa.string()),
        ("event_date", pa.date32()),
        ("bronze_rows", pa.int64()),
        ("silver_rows", pa.int64()),
        ("superseded_rows", pa.int64()),
        ("quarantine_rows", pa.int64()),
        ("dead_letter_rows", pa.int64()),
        ("late_rows", pa.int64()),  # bronze rows that came when the day was over
        ("state", pa.string()),  # open, closed or final
        ("finding", pa.string()),  # why it is open
        ("wrong", pa.bool_()),  # open, although the batch says that the day is built
        ("audited_at", pa.timestamp("us", tz="UTC")),
    ]
)
_CLAIMED = ("feed", "event_date", "bronze_rows", "built_at")


@dataclass(frozen=True)
class Claim:
    """What the batch says of a day: from how many bronze rows it built it, and when it was done; None: it is still at it."""

    bronze_rows: int
    built_at: datetime | None


@dataclass(frozen=True)
class DayLedger:
    """One feed's day. `finding` says why it is open; `wrong` if it should not be."""

    feed: str
    event_date: date
    bronze: int
    silver: int
    superseded: int
    quarantine: int
    dead_letters: int
    late: int
    state: str
    finding: str | None = None
    wrong: bool = False

    @property
    def name(self) -> str:
        return f"{self.feed} {self.event_date}"


def claims(lake: LakeSettings, feed: str) -> dict[date, Claim]:
    return {row["event_date"]: Claim(row["bronze_rows"], row["built_at"]) for row in tables.read(lake, CLAIMS, [feed], _CLAIMED)}


def close(
    feed: str,
    bronze: Counted,
    sides: Mapping[str, Counted],
    before: Mapping[date, Claim],
    after: Mapping[date, Claim],
    over: Callable[[date], bool],
    expired: bool = False,
) -> list[DayLedger]:
    """The ledger of every day that any of the tables, or the batch, knows of.

    `before` and `after` are the batch's claims at either end of the counting: a day of which they differ was built meanwhile.
    `over(day)` says whether no more of Kafka's records of that time can come; `expired` whether bronze has declared that it gave up
    old days: one of which it has no row any more adds up if the four tables have what it was built from, and rows that came since are
    told.
    """
    in_bronze, late = bronze.rows_by_day(), _late(bronze)
    in_sides = {side: counted.rows_by_day() for side, counted in sides.items()}
    known = {day for counts in (in_bronze, *in_sides.values()) for day in counts if day is not None} | set(after)
    ledgers = []
    for day in sorted(known):
        counts = {side: counts.get(day, 0) for side, counts in in_sides.items()}
        total = sum(counts.values())
        claim = after.get(day)
        had = in_bronze.get(day, 0)
        given_up = expired and claim is not None and had < total == claim.bronze_rows
        finding, wrong = _given_up(had) if given_up else _finding(had, total, (before.get(day), claim))
        state = "open" if finding else "final" if over(day) else "closed"
        rows = {"bronze": in_bronze.get(day, 0)} | {SIDES[side]: number for side, number in counts.items()}
        ledgers.append(DayLedger(feed, day, **rows, late=late.get(day, 0), state=state, finding=finding, wrong=wrong))
    return ledgers


def _given_up(bronze: int) -> tuple[str | None, bool]:
    return (f"{bronze:,} rows came after bronze had given up the day, and are in bronze alone" if bronze else None), False


def _finding(bronze: int, total: int, claims: tuple[Claim | None, Claim | None]) -> tuple[str | None, bool]:
    """Why the day is open, and whether it should not be; None where it adds up, whatever the batch says of it."""
    before, claim = claims
    if bronze == total:
        return None, False
    if claim is None and total <= bronze:
        return "not built yet", False
    if claim is not None and (before != claim or claim.built_at is None):
        return "being built", False
    if claim is not None and bronze > total == claim.bronze_rows:
        return f"{bronze - total:,} rows came since it was built", False
    built_from = f"; it was built from {claim.bronze_rows:,}" if claim else ""
    return f"bronze has {bronze:,} rows, its four tables {total:,}{built_from}", True


def _late(bronze: Counted) -> dict[date | None, int]:
    found: dict[date | None, int] = {}
    for each in bronze.files:
        found[each.event_date] = found.get(each.event_date, 0) + each.late_rows
    return found


def keep(lake: LakeSettings, found: Mapping[str, Sequence[DayLedger]], now: datetime) -> None:
    """Makes these the days of their feeds, in one commit. Idempotent."""
    tables.replace(lake, ADDRESS, SCHEMA, [row(each, now) for days in found.values() for each in days], found)


def row(day: DayLedger, now: datetime) -> tables.Row:
    """The ledger as a row of the table."""
    return {
        "feed": day.feed,
        "event_date": day.event_date,
        "bronze_rows": day.bronze,
        "silver_rows": day.silver,
        "superseded_rows": day.superseded,
        "quarantine_rows": day.quarantine,
        "dead_letter_rows": day.dead_letters,
        "late_rows": day.late,
        "state": day.state,
        "finding": day.finding,
        "wrong": day.wrong,
        "audited_at": now,
    }
