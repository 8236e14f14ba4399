"""/lag, /streams, /incidents, /ledger: is it flowing, how far behind, and does it add up?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

from fastapi import APIRouter

from include.catalog import GOLD
from include.contracts import load_contracts
from include.incidents import incidents
from include.open_tables import open_tables
from include.settings import LakeSettings
from include.streams.groups import stream_groups
from include.streams.state import read_actual, read_desired
from include.table_pages import page
from include.watch.lag_samples import LAG, WINDOW, since
from include.watch.signals import is_alive
from include.watch.table_signals import LEDGER_DAYS
from lakehouse.web.answers import Rows
from lakehouse.web.api.parameters import NOT_THERE, Limit, Offset, Within, all_of, is_within, of_the_last, rows_of
from lakehouse.web.plain import plain

router = APIRouter(tags=["watching"])
ALERTS = "live.alerts"
_DAY, _HOUR, _MOMENT = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)  # clocks differ
System = Literal[tuple(GOLD)]  # type: ignore[valid-type]


@router.get("/lag")
def show_lag() -> Rows:
    """The last look at each partition; `docs/watching.md` explains the columns."""
    newest = {(each.feed, each.partition): each for each in since(LakeSettings.from_environment(), datetime.now(UTC) - WINDOW)}
    return all_of([vars(newest[place]) for place in sorted(newest)])


@router.get("/lag/{feed}", responses=NOT_THERE)
def show_lag_of_feed(feed: str, span: Within, limit: Limit = 1000, offset: Offset = 0) -> Rows:
    """The looks at a feed's partitions, the newest first; where the span has no beginning those of an hour."""
    load_contracts()[feed]
    asked = of_the_last(_HOUR, span, datetime.now(UTC) + _MOMENT)
    return rows_of(page(LakeSettings.from_environment(), LAG, asked, limit=limit, offset=offset, where={"feed": feed}))


@router.get("/streams")
def show_streams() -> Rows:
    """What each stream group reads and should do, and what its driver last said of itself: its feeds with offsets, rates and errors."""
    lake = LakeSettings.from_environment()
    told = []
    for group, contracts in stream_groups(load_contracts()).items():
        status = read_actual(lake, group)
        said = {} if status is None else plain(vars(status)) | {"feeds": {feed: _feed(each) for feed, each in status.feeds.items()}}
        wanted = read_desired(lake, group).state
        alive = is_alive(status, datetime.now(UTC).timestamp())
        told.append(said | {"group": group, "reads": [each.feed for each in contracts], "desired": wanted, "is_alive": alive})
    return all_of(told)


@router.get("/incidents")
def show_incidents(span: Within, state: Literal["open", "closed", "all"] = "open", limit: Limit = 100, offset: Offset = 0) -> Rows:
    """Incidents that were opened in the span, the newest first."""
    opened = [each for each in incidents(LakeSettings.from_environment()) if each.opened_at is not None and is_within(each.opened_at, span)]
    wanted = [each for each in reversed(opened) if state == "all" or each.is_open == (state == "open")]
    items = [plain(vars(each)) for each in wanted[offset : offset + limit]]
    return Rows(items=items, total=len(wanted), limit=limit, offset=offset)


@router.get("/alerts")
def show_alerts(
    span: Within, system: System | None = None, by: Literal["event", "raised"] = "event", limit: Limit = 100, offset: Offset = 0
) -> Rows:
    """Alerts, the newest first; without a span those of the newest day that has any. `by`: whether their time is that of the event or
    window, or when they were raised: late records and history raise theirs now, and without a beginning that is of 24 hours."""
    lake = LakeSettings.from_environment()
    if open_tables(lake).get(ALERTS) is None:
        return all_of([])
    where = {"system": system} if system else {}
    asked, column = (of_the_last(_DAY, span, datetime.now(UTC) + _MOMENT), "raised_at") if by == "raised" else (span, "")
    return rows_of(page(lake, ALERTS, asked, limit=limit, offset=offset, where=where, by=column))


@router.get("/ledger", responses=NOT_THERE)
def show_ledger(span: Within, feed: str | None = None, limit: Limit = 100, offset: Offset = 0) -> Rows:
    """The ledger of each feed and day, the newest first: do the rows of bronze add up?"""
    where = {} if feed is None else {"feed": load_contracts()[feed].feed}
    return rows_of(page(LakeSettings.from_environment(), LEDGER_DAYS, span, limit=limit, offset=offset, where=where))


def _feed(status: object) -> dict[str, object]:
    return plain(vars(status)) | {"lag": status.lag}  # type: ignore[attr-defined]
