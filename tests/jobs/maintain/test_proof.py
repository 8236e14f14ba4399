"""What is noted of a day before a rebuild, and what is said of bronze after it. Without Spark: it takes the logs alone."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from include import rebuilds
from include.days import DayAccount, record
from include.delta_log import version
from include.rebuilds import Rebuilt
from include.settings import LakeSettings
from jobs.maintain import proof
from jobs.maintain.proof import begin, end
from tests.jobs.bronze_rows import DAY, NOON
from tests.jobs.commerce import METRICS

ID, RUN = "20261120T093000-0a1b2c", "manual__rebuild"
BUILT = DayAccount("metrics", DAY, 2, 2, 0, 0, 0, 0, NOON, "scheduled__1")
SILVER = "silver.server_metrics"


def silver(lake: LakeSettings, rows: int) -> int | None:
    """Silver of the day, replaced; its version."""
    table = pa.Table.from_pylist([{"_offset": offset, "event_date": DAY} for offset in range(rows)])
    write_deltalake(lake.table_uri(SILVER), table, mode="overwrite", partition_by=["event_date"])
    return version(lake, SILVER)


def note(lake: LakeSettings, action: str = "apply") -> dict[str, Rebuilt]:
    return begin(lake, ID, action, "commerce", DAY, RUN, [METRICS])


@pytest.mark.parametrize("left", [{"run_id": f"writing:{RUN}", "built_at": None}, {"run_id": RUN, "built_at": None}, {"run_id": RUN}])
def test_a_further_try_goes_by_what_the_first_noted_wherever_that_one_died(lake: LakeSettings, left: dict[str, object]) -> None:
    before = silver(lake, 2)
    record(lake, DAY, [BUILT])
    note(lake)
    silver(lake, 5)
    record(lake, DAY, [replace(BUILT, **left)])
    assert note(lake)[SILVER].version_before == before


@pytest.mark.parametrize("ended", [None, NOON])
@pytest.mark.parametrize("other", [{"run_id": "scheduled__2"}, {"run_id": "scheduled__2", "built_at": None}, {"run_id": f"undo:{ID}"}])
def test_notes_do_not_outlive_what_somebody_else_made_of_the_day(lake: LakeSettings, other: dict[str, object], ended: object) -> None:
    silver(lake, 2)
    record(lake, DAY, [BUILT])
    rebuilds.put(lake, [replace(row, ended_at=ended) for row in note(lake).values()])
    between = silver(lake, 5)
    record(lake, DAY, [replace(BUILT, bronze_rows=5, silver_rows=5, **other)])
    begun = note(lake)
    assert (begun[SILVER].version_before, begun[SILVER].ended_at) == (between, None)
    assert begun == rebuilds.of_day(lake, ID, "apply", "commerce", DAY)


def test_notes_of_an_undoing_stand_while_the_day_is_the_undoing_s(lake: LakeSettings) -> None:
    silver(lake, 2)
    record(lake, DAY, [replace(BUILT, run_id=RUN)])
    before = note(lake, "undo")[SILVER].version_before
    silver(lake, 1)
    record(lake, DAY, [replace(BUILT, run_id=f"writing:undo:{ID}", built_at=None)])
    as_it_was = note(lake, "undo")[SILVER].version_before
    record(lake, DAY, [replace(BUILT, run_id=RUN)])
    assert (as_it_was, note(lake, "undo")[SILVER].version_before) == (before, version(lake, SILVER))


NOT_KNOWN = (None, None, None)


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        (BUILT, BUILT, (0, 0, 0)),
        (BUILT, replace(BUILT, bronze_rows=5), (3, 0, 0)),
        (BUILT, replace(BUILT, bronze_rows=1), (0, 1, 0)),
        (BUILT, replace(BUILT, built_at=None), NOT_KNOWN),  # another run has opened the day
        (replace(BUILT, built_at=None), BUILT, NOT_KNOWN),
        (None, BUILT, NOT_KNOWN),
    ],
)
def test_what_bronze_got_and_lost_is_said_where_both_builds_came_to_their_end(
    lake: LakeSettings, monkeypatch: pytest.MonkeyPatch, before: DayAccount | None, after: DayAccount, changes: tuple[int | None, ...]
) -> None:
    monkeypatch.setattr(proof, "sized_for", lambda *asked: nullcontext())
    record(lake, DAY, [before] if before else [])
    begun = note(lake)
    record(lake, DAY, [after])
    (bronze,) = (row for row in end(None, lake, begun, [METRICS]) if row.table == METRICS.bronze)  # type: ignore[arg-type]
    assert (bronze.rows_added, bronze.rows_removed, bronze.rows_changed) == changes
