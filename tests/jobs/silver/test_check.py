"""How much of a day may be bad. Without Spark: the check reads tables alone."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from include.bad_rows import FEWEST_BAD_ROWS
from include.contracts import Contract
from include.days import DayAccount, record, stale_days
from include.errors import TooManyBadRows
from include.settings import LakeSettings
from jobs.silver.check import check_day
from tests.jobs.bronze_rows import DAY, NOON, append, bronze_rows
from tests.jobs.commerce import METRICS, sample


def built(lake: LakeSettings, *, good: int, quarantined: int = 0, dead: int = 0) -> None:
    """A day of metrics as silver leaves it, with so many rows on each side."""
    append(lake, METRICS, bronze_rows([sample()] * (good + quarantined + dead)))
    _side(lake, "silver.server_metrics", {}, good)
    _side(lake, "quarantine.metrics", {"reasons": ["maximum:cpu_pct", "required:server"]}, quarantined)
    _side(lake, "dead_letters.metrics", {"reason": "not_json"}, dead)
    account = DayAccount("metrics", DAY, good + quarantined + dead, good, 0, quarantined, dead, 0, NOON, "before")
    record(lake, DAY, [replace(account, built_at=None, run_id=None)])


def _side(lake: LakeSettings, address: str, columns: dict[str, object], rows: int) -> None:
    if rows:
        table = pa.Table.from_pylist([{"event_date": DAY, "offset": place, **columns} for place in range(rows)])
        write_deltalake(lake.table_uri(address), table, partition_by=["event_date"])


def check(lake: LakeSettings, contract: Contract = METRICS) -> None:
    check_day("commerce", DAY, lake=lake, contracts=[contract])


def test_too_many_bad_rows_stop_the_day_with_feed_day_share_limit_and_reasons(lake: LakeSettings) -> None:
    built(lake, good=50, quarantined=30, dead=20)
    with pytest.raises(TooManyBadRows) as caught:
        check(lake)
    told = "metrics of 2026-11-20: 50 of 100 rows are bad, 50.0 %, and its contract allows 20 %"
    assert told in caught.value.where
    assert "most often maximum:cpu_pct 30, required:server 30, not_json 20" in caught.value.where
    assert "badRowsLimitPct" in caught.value.fix
    assert stale_days(lake, [METRICS]) == [DAY]


@pytest.mark.parametrize(
    ("limit", "good", "quarantined"),
    [
        (20.0, 100, 25),  # the limit itself is allowed
        (20.0, 0, FEWEST_BAD_ROWS - 1),  # few rows say nothing
        (0.5, 0, FEWEST_BAD_ROWS - 1),
        (0.0, 50, 0),  # none may be, and none is
        (100.0, 0, 50),  # no limit
    ],
)
def test_as_many_as_the_contract_allows_pass(lake: LakeSettings, limit: float, good: int, quarantined: int) -> None:
    built(lake, good=good, quarantined=quarantined)
    check(lake, replace(METRICS, bad_rows_limit_pct=limit))


@pytest.mark.parametrize(("good", "quarantined", "dead"), [(1000, FEWEST_BAD_ROWS, 0), (1000, 1, 0), (0, 0, 1)])
def test_a_contract_may_allow_none(lake: LakeSettings, good: int, quarantined: int, dead: int) -> None:
    built(lake, good=good, quarantined=quarantined, dead=dead)
    check(lake)
    with pytest.raises(TooManyBadRows, match="allows 0 %"):
        check(lake, replace(METRICS, bad_rows_limit_pct=0.0))
