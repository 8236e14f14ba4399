"""Which days a run has to build: no Spark, no clocks but the one that is handed in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from include.contracts.model import Contract
from include.settings import LakeSettings


def stale_days(lake: LakeSettings, contracts: Iterable[Contract]) -> list[date]:
    """The days, oldest first, of which bronze holds rows that no finished build has seen, for any of the feeds."""
    raise NotImplementedError


def days_to_build(requested: date, is_backfill: bool, stale: Iterable[date], today: date) -> list[date]:
    """The days of a run, oldest first: a backfill builds its own day alone, any other run also the stale days before `today` (UTC)."""
    past = set() if is_backfill else {day for day in stale if day < today}
    return sorted({requested} | past)
