"""quarantine of a feed, judged again under today's contract → how many rows would pass, and the days that are worth building again.

Writes nothing: what passes leaves quarantine when its day is built again, as any day is (run.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from include.bronze import COLUMNS
from include.bronze_losses import lost_of, opened_once
from include.contracts import load_contracts
from include.contracts.model import Contract
from include.days import day_accounts
from include.delta_log import HeldDay, held_days, rows_by_day
from include.resolved import RESOLVED, came_back
from include.settings import LakeSettings
from include.words import many
from jobs.common.session import sized_for
from jobs.common.tables import of_days, read_table
from jobs.common.validate import judge, side_name

MOST_LINES = 2000


@dataclass(frozen=True)
class Line:
    """Quarantined rows of one day with the same reasons then and now. `now` is empty where they pass."""

    day: date
    then: tuple[str, ...]
    now: tuple[str, ...]
    version_then: str
    rows: int


@dataclass(frozen=True)
class Preview:
    """What is in quarantine of the days and reasons that were asked for; `again`: rows that were resolved once and are back; `lost`: the
    days of which bronze has lost rows, so that they are not built again."""

    feed: str
    contract_version: str
    lines: tuple[Line, ...]
    again: int = 0
    lost: frozenset[date] = frozenset()

    @property
    def passing(self) -> int:
        return sum(line.rows for line in self.lines if not line.now)

    @property
    def failing(self) -> int:
        return sum(line.rows for line in self.lines if line.now)

    @property
    def days(self) -> list[date]:
        """The days with a row that passes now, oldest first: those that building again would change, and that can be built."""
        return sorted({line.day for line in self.lines if not line.now} - self.lost)

    def __str__(self) -> str:
        return "\n".join(self._told())

    def _told(self) -> Iterator[str]:
        head = f"{self.feed}, contract {self.contract_version}: of {many(self.passing + self.failing, 'quarantined row')}"
        yield f"{head} {self.passing} would pass now, {self.failing} still fail; days to build again: {len(self.days)}"
        if self.again:
            yield f"{self.again} of the quarantined rows of these days were resolved once, and fail again"
        if self.lost:
            days = many(len(self.lost), "further day")
            yield f"rows that pass stay in quarantine on {days}: bronze has lost rows, and building would lose those"
        if any(not line.now and line.version_then == self.contract_version for line in self.lines):
            yield "rows that this very version of the contract has refused pass now: the file was changed without a new version"
        for line in self.lines[:MOST_LINES]:
            now = f"fail: {', '.join(line.now)}" if line.now else "pass, but the day stays" if line.day in self.lost else "pass"
            yield f"{line.day}  {line.rows:>8}  {', '.join(line.then)} (contract {line.version_then}) → {now}"
        if len(self.lines) > MOST_LINES:
            yield f"and {many(len(self.lines) - MOST_LINES, 'further line')}"


def preview(
    spark: SparkSession,
    feed: str,
    *,
    reasons: Sequence[str] = (),
    first: date | None = None,
    last: date | None = None,
    lake: LakeSettings | None = None,
    contract: Contract | None = None,
) -> Preview:
    """Judges the quarantined rows with any of the reasons, of days from `first` to `last`; without these all.

    A reason is one as quarantine has it, `maximum:cpu_pct`, or all of a kind, `maximum`. Changes nothing. Raises ContractError for a
    feed that has no sound contract.
    """
    lake = lake or LakeSettings.from_environment()
    contract = contract or load_contracts()[feed]
    address = f"quarantine.{feed}"
    days = {day: rows for day, rows in rows_by_day(lake, address).items() if rows and _within(day, first, last)}
    if not days:
        return Preview(feed, contract.version, ())
    with sized_for(spark, sum(days.values())):
        quarantined = read_table(spark, lake, address).where(of_days(*days))
        lines = _lines(_chosen(quarantined, reasons), contract)
    resolved = RESOLVED.read(lake, feed)
    of_quarantine = resolved.filter(pc.is_in(resolved["event_date"], pa.array(days, pa.date32())))
    return Preview(feed, contract.version, tuple(lines), len(came_back(of_quarantine)), _lost(lake, contract, lines))


def _lost(lake: LakeSettings, contract: Contract, lines: Iterable[Line]) -> frozenset[date]:
    """The days with a row that passes of which bronze lacks rows that they were built from: quarantine outlives bronze's retention."""
    held, passing = held_days(lake, contract.bronze), {line.day for line in lines if not line.now}
    accounts, tables = day_accounts(lake, [contract.feed]), opened_once(lake)
    of_passing = {account.event_date: account for account in accounts if account.event_date in passing}
    return frozenset(day for day, account in of_passing.items() if lost_of(tables, contract, held.get(day, HeldDay()), account))


def _within(day: date, first: date | None, last: date | None) -> bool:
    return (first is None or day >= first) and (last is None or day <= last)


def _chosen(quarantined: DataFrame, reasons: Sequence[str]) -> DataFrame:
    """The rows with any of these reasons; all of them without one."""

    def is_chosen(reason: Column) -> Column:
        each = [(reason == F.lit(wanted)) | reason.startswith(f"{wanted}:") for wanted in reasons]
        return reduce(lambda one, other: one | other, each)

    return quarantined.where(F.exists("reasons", is_chosen)) if reasons else quarantined


def _lines(quarantined: DataFrame, contract: Contract) -> list[Line]:
    """The rows, counted by day and by reasons then and now."""
    then = {"reasons": "_then", "contract_version": "_version_then"}
    judged = judge(quarantined.select(*COLUMNS, *[F.col(name).alias(kept) for name, kept in then.items()]), contract, tuple(then.values()))
    now = F.when(side_name() == "dead_letters", F.array("_dead_letter")).otherwise(F.col("_reasons"))
    counted = (
        judged.groupBy("event_date", F.col("_then").alias("then"), now.alias("now"), F.col("_version_then").alias("version_then"))
        .agg(F.count("*").alias("rows"))
        .orderBy("event_date", F.desc("rows"), "then", "now")
    )
    return [
        Line(row["event_date"], tuple(row["then"]), tuple(row["now"]), row["version_then"], row["rows"])
        for row in counted.toArrow().to_pylist()
    ]
