"""Whether a rebuild's day, of which a later rebuild was undone, is as the first one left it."""

from __future__ import annotations

from collections.abc import Mapping

from include import rebuilds
from include.days import UNDONE, DayAccount
from include.delta_log import files_by_day, open_table
from include.errors import StoreError
from include.grain import is_undivided
from include.rebuilds import APPLY, UNDO, Rebuilt
from include.settings import LakeSettings


def is_as_left(lake: LakeSettings, applied: Mapping[str, Rebuilt], account: DayAccount) -> bool:
    """Whether the undoing of a later rebuild, whose the feed's day is now, has given back what this one (table → row) had made.

    It has where the later one found each table that both have built as this one left it: the day in the same files, and the account
    from the same bronze. Not where somebody has written the day in between, be it the same rows: then nobody has compared them.
    """
    if not account.undone:
        return False
    one = next(iter(applied.values()))
    later = str(account.run_id).removeprefix(UNDONE)
    found, undone = (rebuilds.of_day(lake, later, action, one.system, one.event_date) for action in (APPLY, UNDO))
    if later == one.rebuild_id or not undone or any(row.ended_at is None for row in (*found.values(), *undone.values())):
        return False
    both = [(left, found[table]) for table, left in applied.items() if table in found and not is_undivided(table)]
    return bool(both) and all(_found_as_left(lake, left, row) for left, row in both)


def _found_as_left(lake: LakeSettings, left: Rebuilt, found: Rebuilt) -> bool:
    if left.table.startswith("bronze."):
        return (left.version_after, left.rows_after) == (found.version_before, found.rows_before)
    try:
        return files_of(lake, left, left.version_after) == files_of(lake, left, found.version_before)
    except StoreError as error:
        if error.no_answer:
            raise
        return False  # the log has forgotten one of the versions


def files_of(lake: LakeSettings, row: Rebuilt, at: int | None) -> set[str]:
    """The paths of the day's files in that version of the table (None: the newest)."""
    table = open_table(lake, row.table, at)
    return set() if table is None else files_by_day(table).get(row.event_date, set())
