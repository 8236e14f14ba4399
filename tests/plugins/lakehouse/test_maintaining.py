"""What the tasks of the DAG `maintenance` do when a table cannot be looked after."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lakehouse.maintaining import _each

from include.errors import MaintenanceFailed
from include.maintenance import MAINTENANCE, Maintained
from include.ops_tables import get_rows
from include.settings import LakeSettings

pytestmark = pytest.mark.batch

NOW = datetime(2026, 11, 20, 3, 20, tzinfo=UTC)


def maintain(address: str) -> Maintained | None:
    if address == "gold.broken":
        raise OSError("no such file")
    return None if address == "gold.absent" else Maintained(address, NOW, NOW, 9, 1, 900, 300, 1, 4, "run")


def test_one_table_s_failure_stops_it_alone_and_is_told_with_its_words(lake: LakeSettings) -> None:
    with pytest.raises(MaintenanceFailed, match=r"1 of 4 tables.*gold\.broken.*no such file"):
        _each(lake, ["gold.one", "gold.broken", "gold.absent", "gold.other"], maintain, dry_run=False)

    assert sorted(row["table"] for row in get_rows(lake, MAINTENANCE)) == ["gold.one", "gold.other"]


def test_dry_run_says_it_and_notes_nothing(lake: LakeSettings) -> None:
    assert _each(lake, ["gold.one", "gold.absent"], maintain, dry_run=True) == [str(maintain("gold.one"))]
    assert get_rows(lake, MAINTENANCE) == []
