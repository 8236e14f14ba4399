"""Which rows bronze has lost that a day was built from, whatever came since."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from include.days import DayAccount, kept_by_bronze, lost_rows, record, stale_days, touched_feeds
from include.errors import RebuildRefused
from include.settings import LakeSettings
from tests.jobs.bronze_rows import DAY, NOON, append, bronze_row, bronze_rows
from tests.jobs.commerce import LOGS, METRICS

BUILT = DayAccount("metrics", DAY, 10, 8, 0, 2, 0, 0, NOON, "run")


def side(lake: LakeSettings, address: str, prefix: str, offsets: range, topic_id: str | None = "topic-id") -> None:
    names = [f"{prefix}{name}" for name in ("topic_id", "partition", "offset")]
    rows = [dict(zip(names, (topic_id, 0, offset), strict=True)) | {"event_date": DAY} for offset in offsets]
    schema = pa.schema([(names[0], pa.string()), (names[1], pa.int32()), (names[2], pa.int64()), ("event_date", pa.date32())])
    write_deltalake(lake.table_uri(address), pa.Table.from_pylist(rows, schema), partition_by=["event_date"])


@pytest.fixture(params=["topic-id", None], ids=["topic id", "none"])
def built(lake: LakeSettings, request: pytest.FixtureRequest) -> LakeSettings:
    """A day that was built from ten rows, two of them bad."""
    append(lake, METRICS, bronze_rows([b"x"] * 10, topic_id=request.param))
    side(lake, "silver.server_metrics", "_", range(8), request.param)
    side(lake, "quarantine.metrics", "", range(8, 10), request.param)
    record(lake, DAY, [BUILT])
    return lake


def lose(lake: LakeSettings, offsets: int) -> None:
    DeltaTable(lake.table_uri(METRICS.bronze)).delete(f'"offset" < {offsets}')


def come(lake: LakeSettings, rows: int, topic_id: str = "topic-id") -> None:
    later = NOON + timedelta(days=1)
    append(lake, METRICS, [bronze_row(b"late", 10 + number, ingested_at=later, topic_id=topic_id) for number in range(rows)])


@pytest.mark.parametrize("late", [0, 3, 5, 6, 20])
def test_rows_that_come_do_not_make_up_for_those_that_went(built: LakeSettings, late: int) -> None:
    lose(built, 5)
    if late:
        come(built, late)
    assert lost_rows(built, [METRICS], DAY) == {"metrics": 5}
    assert (stale_days(built, [METRICS]), touched_feeds(built, [METRICS], DAY)) == ([], [])
    with pytest.raises(RebuildRefused, match="bronze has lost rows that the day was built from"):
        kept_by_bronze(built, [METRICS], DAY)
    assert kept_by_bronze(built, [METRICS, LOGS], DAY) == [LOGS]


@pytest.mark.parametrize("topic_id", ["topic-id", "of a topic made anew"])
def test_day_that_lost_nothing_is_stale_once_rows_come(built: LakeSettings, topic_id: str) -> None:
    come(built, 6, topic_id)
    assert (lost_rows(built, [METRICS], DAY), stale_days(built, [METRICS])) == ({}, [DAY])


def test_counts_tell_where_the_tables_do_not_have_what_the_account_says(built: LakeSettings) -> None:
    lose(built, 5)
    come(built, 3)
    record(built, DAY, [replace(BUILT, built_at=None)])
    opened = lost_rows(built, [METRICS], DAY)
    record(built, DAY, [replace(BUILT, bronze_rows=9, silver_rows=7)])
    assert (opened, lost_rows(built, [METRICS], DAY)) == ({"metrics": 2}, {"metrics": 1})
