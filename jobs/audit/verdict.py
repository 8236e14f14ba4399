"""What an audit comes to, in words: a line for each feed, one for each finding, and one for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from include.errors import LedgerError
from include.words import many
from jobs.audit.days import DayLedger
from jobs.audit.partitions import PartitionLedger


@dataclass(frozen=True)
class FeedAudit:
    """What was found of one feed. `days`: none where one of their tables could not be read. `damaged` are data files that a log names
    and the store does not have, or has with other content; `files_read` how many were read."""

    feed: str
    partitions: tuple[PartitionLedger, ...]
    days: tuple[DayLedger, ...]
    damaged: tuple[str, ...] = ()
    files_read: int = 0

    @property
    def findings(self) -> tuple[str, ...]:
        """All that should be closed and is not, named to the offset."""
        return tuple(self._findings())

    def _findings(self) -> Iterator[str]:
        for ledger in self.partitions:
            yield from (f"{ledger.name}: {finding}" for finding in ledger.findings)
            if not ledger.is_closed and not ledger.findings:
                yield f"{ledger.name}: no commit says that this partition was read"
        yield from (f"{day.name}: {day.finding}" for day in self.days if day.wrong)
        yield from (f"{self.feed}: {words}" for words in self.damaged)

    def __str__(self) -> str:
        if not self.partitions:
            return f"{self.feed}: bronze has not read it yet"
        rows = sum(ledger.held.rows for ledger in self.partitions)
        declared = sum(len(offsets) for ledger in self.partitions for offsets in ledger.gaps.values())
        states = Counter(day.state for day in self.days)
        word = "open" if self.findings else "closed"
        void = sum(len(ledger.void) for ledger in self.partitions)
        not_gone = f"; {many(void, 'offset')} declared as bronze retention, whose day is there" if void else ""
        audited = sum(ledger.bronze_version is not None for ledger in self.partitions)
        held = f"{many(rows, 'row')} and {many(declared, 'declared offset')} in {many(audited, 'partition')}"
        return f"{self.feed}: {word}; {held}; days: {_told(states)}; {many(self.files_read, 'file')} read{not_gone}"


@dataclass(frozen=True)
class Audit:
    """What was found of all feeds."""

    feeds: tuple[FeedAudit, ...]
    audited_at: datetime

    @property
    def findings(self) -> tuple[str, ...]:
        return tuple(finding for each in self.feeds for finding in each.findings)

    @property
    def verdict(self) -> str:
        partitions = [ledger for each in self.feeds for ledger in each.partitions]
        rows = sum(ledger.held.rows for ledger in partitions)
        if not self.findings:
            where = f"{many(len(partitions), 'partition')} of {many(len(self.feeds), 'feed')}"
            return f"closed: {many(rows, 'row')} in {where}, every offset accounted for, none twice{self._days()}"
        open_feeds = sum(bool(each.findings) for each in self.feeds)
        found = many(len(self.findings), "finding")
        return f"OPEN: {found} in {open_feeds} of {many(len(self.feeds), 'feed')}; {self.findings[0]}"

    def _days(self) -> str:
        """What is said of offsets is not said of days: rows are in bronze first, and in the day's tables when it is built."""
        states = Counter(day.state for each in self.feeds for day in each.days)
        waiting = ": a build has yet to take rows of these (`headwater ledger --days`)" if states["open"] else ""
        return f"; days: {_told(states)}{waiting}"

    def check(self) -> None:
        """Raises LedgerError, with every finding, if there is any."""
        if self.findings:
            raise LedgerError(
                "the ledger does not close",
                where="ops.ledger, ops.ledger_days",
                value=list(self.findings),
                fix="docs/ledger.md says for each finding what it means and what to do",
            )


def _told(states: Counter[str]) -> str:
    return ", ".join(f"{states[state]:,} {state}" for state in ("final", "closed", "open") if states[state]) or "none"
