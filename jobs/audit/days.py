"""ops.ledger_days: did every bronze row of a day end in exactly one of silver, superseded, quarantine and dead letters; grain: one row
per feed and event_date. Rows are counted from the data files themselves, and held against bronze's by their digests; what the batch
says of itself (ops.day_accounts) is only asked whether the day should add up by now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

import pyarrow as pa

from include.settings import LakeSettings
from include.words import many
from jobs.audit import tables
from jobs.audit.contents import UNKNOWN, total
from jobs.audit.files import Counted
from jobs.audit.shares import Shares

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
Finding = tuple[str | None, bool]
Look = Callable[[date], Shares | None]
_WRITING = "writing:"
_CLAIMED = ("feed", "event_date", "bronze_rows", "built_at", "run_id")


@dataclass(frozen=True)
class Claim:
    """What the batch says of a day: from how many bronze rows it built it, and when it was done; None: it is still at it. While a run
    replaces the day's rows its name there begins with `writing:`; no longer once they are all written, though gold is not."""

    bronze_rows: int
    built_at: datetime | None
    run_id: str | None = None

    @property
    def is_writing(self) -> bool:
        return self.built_at is None and (self.run_id or "").startswith(_WRITING)


@dataclass(frozen=True)
class _Sums:
    """A day's rows in bronze, how many of them were late, and in the four tables; whether both have the same records, if they say so."""

    bronze: int
    late: int
    total: int
    alike: bool


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
    rows = tables.read(lake, CLAIMS, [feed], _CLAIMED)
    return {row["event_date"]: Claim(row["bronze_rows"], row["built_at"], row["run_id"]) for row in rows}


def close(
    feed: str,
    bronze: Counted,
    sides: Mapping[str, Counted],
    before: Mapping[date, Claim],
    after: Mapping[date, Claim],
    over: Callable[[date], bool],
    look: Look = lambda _day: None,
    expired: bool = False,
) -> list[DayLedger]:
    """The ledger of every day that any of the tables, or the batch, knows of.

    `before` and `after` are the batch's claims at either end of the counting: a day of which they differ was built meanwhile.
    `over(day)` says whether no more of Kafka's records of that time can come. `look(day)` compares its rows record by record, and is
    asked of days alone that do not add up. `expired`: bronze has declared that it gave up old days: one of which it has no row any more
    adds up if the four tables have what it was built from, and rows that came since are told.
    """
    in_bronze, digests, late = bronze.rows_by_day(), bronze.digests_by_day(), _late(bronze)
    in_sides = {side: counted.rows_by_day() for side, counted in sides.items()}
    of_sides = [counted.digests_by_day() for counted in sides.values()]
    known = {day for counts in (in_bronze, *in_sides.values()) for day in counts if day is not None} | set(after)
    ledgers = []
    for day in sorted(known):
        counts = {side: counts.get(day, 0) for side, counts in in_sides.items()}
        alike = _alike(digests.get(day), [each[day] for each in of_sides if day in each])
        sums = _Sums(in_bronze.get(day, 0), late.get(day, 0), sum(counts.values()), alike)
        finding, wrong = _judge(sums, (before.get(day), after.get(day)), partial(look, day), expired)
        state = "open" if finding else "final" if over(day) else "closed"
        rows = {"bronze": sums.bronze} | {SIDES[side]: number for side, number in counts.items()}
        ledgers.append(DayLedger(feed, day, **rows, late=sums.late, state=state, finding=finding, wrong=wrong))
    return ledgers


def _alike(bronze: int | None, sides: list[int]) -> bool:
    """Whether the digests are of the same records; so they are taken to be where rows do not say which they are of."""
    together = total(sides)
    return bronze is None or UNKNOWN in (bronze, together) or bronze == together


def _judge(sums: _Sums, claims: tuple[Claim | None, Claim | None], look: Callable[[], Shares | None], expired: bool) -> Finding:
    """Why the day is open, and whether it should not be; None where it adds up, whatever the batch says of it."""
    claim = claims[1]
    may_be_given_up = expired and claim is not None and sums.total == claim.bronze_rows
    if may_be_given_up and not sums.bronze:
        return None, False
    finding, wrong = _by_counts(sums, claims)
    # Where all that is there came late, the rows that the day was built from may have gone, however many these are.
    in_doubt = may_be_given_up and finding is not None and not _is_moving(claims) and sums.bronze == sums.late
    if not (wrong or in_doubt):
        return finding, False
    shares = look()
    if may_be_given_up and _is_given_up(sums, shares):
        return f"{many(sums.bronze, 'row')} came after bronze had given up the day, in bronze alone", False
    if shares is None or not (wrong or shares.wrong):
        return finding, wrong
    return f"{finding}: {shares}" if shares.findings else finding, True


def _is_given_up(sums: _Sums, shares: Shares | None) -> bool:
    if shares is None:
        return sums.bronze < sums.total
    return not shares.wrong and shares.given_up == sums.total


def _by_counts(sums: _Sums, claims: tuple[Claim | None, Claim | None]) -> Finding:
    claim = claims[1]
    if sums.bronze == sums.total and sums.alike:
        return None, False
    if claim is None and sums.total < sums.bronze:
        return "not built yet", False
    if _is_moving(claims):
        return "being built", False
    if claim is not None and sums.bronze > sums.total == claim.bronze_rows:
        return f"{many(sums.bronze - sums.total, 'row')} came since it was built", False
    built_from = f"; it was built from {claim.bronze_rows:,}" if claim else ""
    return f"bronze has {many(sums.bronze, 'row')}, its four tables {sums.total:,}{built_from}", True


def _is_moving(claims: tuple[Claim | None, Claim | None]) -> bool:
    """Whether the day's tables are being written, or were while they were counted."""
    before, after = claims
    return after is not None and (before != after or after.is_writing)


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
