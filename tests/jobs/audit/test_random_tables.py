"""Whatever comes, in whatever order: the ledger says what a plain set says."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.settings import LakeSettings
from tests.folder_lake import FolderLake
from tests.jobs.audit.tables import TOPIC_ID, Bronze
from tests.s3 import S3

Step = tuple[str, list[int]]
APPEND = st.tuples(st.just("append"), st.lists(st.integers(0, 30), min_size=1, max_size=12))
DELETE = st.tuples(st.just("delete"), st.lists(st.integers(0, 30), min_size=1, max_size=2))
COMPACT = st.tuples(st.just("compact"), st.just([]))
AUDIT = st.tuples(st.just("audit"), st.just([]))


def carry_out(step: Step, bronze: Bronze, rows: Counter[int], end: int) -> int:
    """The table's and the plain counter's way of the same step; the committed end after it."""
    kind, offsets = step
    if kind == "append":
        end = max(end, *(offset + 1 for offset in offsets))
        bronze.commit(offsets, end)
        rows.update(offsets)
    elif kind == "delete" and end:
        bronze.table.delete(f'"offset" in ({", ".join(map(str, offsets))})')
        for offset in offsets:
            rows.pop(offset, None)
    elif kind == "compact" and end:
        bronze.table.optimize.compact()
    elif kind == "audit":
        bronze.audit()
    return end


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(APPEND | DELETE | COMPACT | AUDIT, max_size=8))
def test_the_ledger_says_what_a_plain_count_says(store: S3, steps: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lake: LakeSettings = FolderLake.beside(store, Path(folder))
        bronze, rows, end = Bronze(lake), Counter[int](), 0
        for step in steps:
            end = carry_out(step, bronze, rows, end)
        found = [each for each in bronze.audit().partitions if each.topic_id == TOPIC_ID]
        assert len(found) == (end > 0)
        for ledger in found:
            assert ledger.held.rows == rows.total()
            assert set(ledger.missing) == set(range(end)) - set(rows)
            assert set(ledger.held.doubled) == {offset for offset, count in rows.items() if count > 1}
            assert ledger.is_closed == (sorted(rows.elements()) == list(range(end)))
