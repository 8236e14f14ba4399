"""docs/ledger.md: its queries show what they say they show."""

from __future__ import annotations

import duckdb
import pytest
from deltalake import DeltaTable

from include.catalog import side_tables
from include.gaps import RETENTION, Gap, declare
from include.ops_layout import create_ops_tables
from include.settings import LakeSettings
from tests.jobs.audit.tables import CLICKS, TOPIC_ID, Bronze, fill_sides
from tests.jobs.bronze_rows import DAY
from tests.pages import blocks

DOUBLES, HOLES, GAPS, DAYS = blocks("ledger.md", "sql")


def connected(lake: LakeSettings) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    create_ops_tables(lake)
    for address in ("ops.gaps", CLICKS.bronze, *side_tables(CLICKS.feed).values()):
        layer, _, name = address.partition(".")
        connection.register(f"{layer}_{name}", DeltaTable(lake.table_uri(address)).to_pyarrow_dataset())
        connection.execute(f"create schema if not exists {layer}; create view {address} as from {layer}_{name}")
    return connection


@pytest.fixture
def database(lake: LakeSettings) -> duckdb.DuckDBPyConnection:
    """Ten offsets, of which 3 and 5 have no row and 7 has two; nine rows in the day's tables."""
    Bronze(lake).commit([0, 1, 2, 4, 6, 7, 7, 8, 9])
    fill_sides(lake, {"current": 6, "superseded": 1, "quarantine": 1, "dead_letters": 1})
    return connected(lake)


def test_doubled_offsets_come_out(database: duckdb.DuckDBPyConnection):
    assert database.sql(DOUBLES).fetchall() == [(TOPIC_ID, 0, 7, 2)]


def test_holes_are_counted(database: duckdb.DuckDBPyConnection):
    assert database.sql(HOLES).fetchall() == [(TOPIC_ID, 0, 0, 9, 9, 2)]


def test_no_gap_is_declared_on_a_lake_that_was_just_made(database: duckdb.DuckDBPyConnection):
    assert database.sql(GAPS).fetchall() == []


def test_declared_gaps_come_out_with_their_reason(database: duckdb.DuckDBPyConnection, lake: LakeSettings):
    declare(lake, [Gap("clicks", TOPIC_ID, 0, 3, 3, RETENTION, "a test"), Gap("views", TOPIC_ID, 0, 5, 5, RETENTION, "a test")])
    assert connected(lake).sql(GAPS).fetchall() == [(TOPIC_ID, 0, 3, 3, "retention", "a test")]


def test_both_sums_of_a_day_stand_side_by_side(database: duckdb.DuckDBPyConnection):
    assert database.sql(DAYS).fetchall() == [(DAY, 9, 9)]
