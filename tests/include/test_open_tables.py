"""Tables that are kept open are as new as their log, a moment later."""

from __future__ import annotations

import shutil

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from include.errors import SettingsError
from include.open_tables import FRESH_SECONDS, KEPT_SECONDS, OpenTables
from include.settings import LakeSettings

ADDRESS = "gold.city_daily"


class Clock:
    """Seconds that pass when a test says so."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tables(lake: LakeSettings, clock: Clock) -> OpenTables:
    return OpenTables(lake, clock)


def write(lake: LakeSettings, *values: int) -> None:
    for value in values:
        write_deltalake(lake.table_uri(ADDRESS), pa.table({"n": [value]}), mode="append")


def test_a_table_that_comes_is_there(lake: LakeSettings, tables: OpenTables) -> None:
    assert tables.get(ADDRESS) is None
    write(lake, 1)
    assert tables.get_all([ADDRESS, "gold.nothing"]).keys() == {ADDRESS}


def test_what_is_not_there_leaves_nothing_behind(tables: OpenTables) -> None:
    assert tables.get(ADDRESS) is None
    with pytest.raises(SettingsError):
        tables.get("gold/../x")
    assert (tables._guards, tables._held) == ({}, {})


def test_a_commit_is_seen_when_the_last_look_is_no_longer_fresh(lake: LakeSettings, tables: OpenTables, clock: Clock) -> None:
    write(lake, 1)
    assert tables.get(ADDRESS).version() == 0
    write(lake, 2, 3)
    assert tables.get(ADDRESS).version() == 0
    clock.seconds += FRESH_SECONDS
    assert tables.get(ADDRESS).version() == 2


def test_a_table_that_goes_is_gone_and_one_made_anew_is_another(lake: LakeSettings, tables: OpenTables, clock: Clock) -> None:
    write(lake, 1, 2)
    assert tables.get(ADDRESS).version() == 1
    shutil.rmtree(lake.table_uri(ADDRESS))
    clock.seconds += KEPT_SECONDS
    assert tables.get(ADDRESS) is None
    write(lake, 3)
    assert tables.get(ADDRESS).to_pyarrow_table()["n"].to_pylist() == [3]
