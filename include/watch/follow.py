"""Signals → incidents: opened when a cause persists, kept up to date, closed when it is seen no longer. What another incident explains
opens none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

from include.incidents import Incident, Told
from include.watch.signals import Signal

PERSISTS = timedelta(seconds=45)  # seen twice, by looks a minute apart
PASSES = timedelta(seconds=90)  # not seen twice
Changes = list[tuple[Incident | None, Incident | None]]


def follow(known: Sequence[Incident], signals: Collection[Signal], now: datetime, unknown: Collection[str] = ()) -> Changes:
    """What becomes of the incidents by this look, as (before, after); of those that are `unknown` it says nothing, and they stay as
    they are. The same look again changes nothing that matters."""
    seen = {signal.incident_id: signal for signal in signals}
    watched = {each.incident_id: each for each in known if each.first_seen_at is not None and each.closed_at is None}
    explaining = seen.keys() | {each.incident_id for each in known if each.is_open}
    changes: Changes = []
    for name, signal in seen.items():
        before = watched.get(name)
        if not _is_explained(signal, explaining):
            changes.append((before, _told_anew(before or _suspected(signal, known, now), signal, now)))
        elif before is not None:  # one that is open stays so; what was only suspected is forgotten
            changes.append((before, replace(before, seen_at=now) if before.is_open else None))
    for name, before in watched.items():
        if name in seen:
            continue
        if any(_is(each, name) for each in unknown):
            changes.append((before, replace(before, seen_at=now)))
        elif now - (before.seen_at or now) >= PASSES:
            changes.append((before, replace(before, closed_at=now) if before.is_open else None))
    return changes


def _is_explained(signal: Signal, explaining: Collection[str]) -> bool:
    def is_there(cause: str) -> bool:
        return any(_is(cause, each) for each in explaining)

    return any(map(is_there, signal.because)) or (bool(signal.because_all) and all(map(is_there, signal.because_all)))


def _is(meant: str, incident_id: str) -> bool:
    return incident_id == meant or incident_id.startswith(f"{meant}/")


def _suspected(signal: Signal, known: Sequence[Incident], now: datetime) -> Incident:
    muted = [each.muted_until for each in known if each.incident_id == signal.incident_id and each.muted_until is not None]
    return Incident(**_told(signal), first_seen_at=now, seen_at=now, muted_until=max(muted, default=None))


def _told_anew(before: Incident, signal: Signal, now: datetime) -> Incident:
    persists = now - (before.first_seen_at or now) >= (PERSISTS if signal.persists is None else signal.persists)
    after = replace(before, **_told(signal), seen_at=now, opened_at=before.opened_at or (now if persists else None))
    if signal.told and after.is_open and not before.is_open and not after.is_muted(now):
        return replace(after, mailed_at=now, mailed_severity=signal.severity)
    return after


def _told(signal: Signal) -> dict[str, Any]:
    return {each.name: getattr(signal, each.name) for each in fields(Told)}
