"""Silver and gold that grew with the rows, in whatever order, with repeats, corrections and crashes, are those that bronze alone gives."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from include.contracts import Contract
from include.days import stale_days, touched_feeds
from jobs.gold.run import build_gold
from jobs.silver.run import build_silver
from tests.folder_lake import FolderLake
from tests.jobs.bronze_rows import append, bronze_row
from tests.jobs.commerce import CONTRACTS, item, log, order
from tests.jobs.days import build_day, contents
from tests.s3 import S3

pytestmark = pytest.mark.batch

SYSTEM = "commerce"
FEEDS: Sequence[Contract] = (CONTRACTS["commandes_json"], CONTRACTS["logs_application"])
DAYS = (date(2026, 11, 19), date(2026, 11, 20))
MIDNIGHTS = [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in DAYS]
Record = tuple[str, Any, datetime]  # feed, value, event time
Arrival = tuple[list[Record], str]
MOMENTS = st.builds(lambda midnight, minute: midnight + timedelta(minutes=minute), st.sampled_from(MIDNIGHTS), st.integers(0, 9))


@st.composite
def orders(draw: st.DrawFn) -> Record:
    """An order, of few ids so that states of one meet; now and then one that breaks the contract, or no order at all."""
    at = draw(MOMENTS)
    if draw(st.integers(0, 9)) == 0:
        return "commandes_json", b"\xff", at
    lines = [item(draw(st.sampled_from(["P1", "P2"])), draw(st.integers(1, 3))) for _ in range(draw(st.integers(0, 2)))]
    status = draw(st.sampled_from(["paid", "cancelled"]))
    return "commandes_json", order(draw(st.integers(1, 3)), lines, timestamp=at.isoformat(), status=status), at


@st.composite
def lines(draw: st.DrawFn) -> Record:
    at = draw(MOMENTS)
    level, duration = draw(st.sampled_from(["INFO", "ERROR", "FATAL"])), draw(st.none() | st.floats(0, 100))
    return "logs_application", log(timestamp=at.isoformat(), level=level, duration_ms=duration), at


# What arrives together, and whether the build after it dies between silver and gold, comes to its end, or is left out.
ARRIVALS = st.lists(
    st.tuples(st.lists(orders() | lines(), min_size=1, max_size=5), st.sampled_from(["dies", "builds", "builds", "waits"])),
    min_size=1,
    max_size=3,
)


@pytest.mark.parametrize("examples", [3, pytest.param(15, marks=pytest.mark.thorough)])
def test_what_grew_is_what_bronze_alone_gives(
    spark: SparkSession, store: S3, tmp_path_factory: pytest.TempPathFactory, examples: int
) -> None:
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(arrivals=ARRIVALS, repeated=st.booleans())
    def compare(arrivals: list[Arrival], repeated: bool) -> None:
        compare_lakes(spark, store, tmp_path_factory, arrivals, repeated)

    compare()


def compare_lakes(spark: SparkSession, store: S3, folders: pytest.TempPathFactory, arrivals: list[Arrival], repeated: bool) -> None:
    """One lake that is built as records arrive, with the builds that die, and one whose bronze was all there before the first build."""
    grown = FolderLake.beside(store, folders.mktemp("grown"))
    offset, bronze = 0, []
    for batch, then in [*arrivals, ([], "builds")]:
        records = [(offset + number, *record) for number, record in enumerate(batch * (2 if repeated else 1))]
        offset += len(records)
        for contract in FEEDS:
            rows = [bronze_row(value, at_offset, event_time=at) for at_offset, feed, value, at in records if feed == contract.feed]
            if rows:
                bronze.append((contract, rows))
                append(grown, contract, rows)
        if then != "waits":
            build_stale(spark, grown, dies=then == "dies")
    assert stale_days(grown, FEEDS) == []

    whole = dataclasses.replace(grown, folder=str(folders.mktemp("whole")))
    for contract, rows in bronze:
        append(whole, contract, rows)
    for day in stale_days(whole, FEEDS):
        build_day(spark, whole, SYSTEM, FEEDS, day)
    assert contents(grown, SYSTEM, FEEDS) == contents(whole, SYSTEM, FEEDS)


def build_stale(spark: SparkSession, lake: FolderLake, dies: bool) -> None:
    """As a scheduled run does: of each stale day the feeds that rows touched; one that dies has built silver of the first day alone."""
    for day in stale_days(lake, FEEDS):
        touched = touched_feeds(lake, FEEDS, day)
        build_silver(spark, SYSTEM, day, lake=lake, contracts=[contract for contract in FEEDS if contract.feed in touched])
        if dies:
            return
        build_gold(spark, SYSTEM, day, "run", lake=lake, contracts=FEEDS)
