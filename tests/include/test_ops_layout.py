"""Tables of `ops` on a lake that has just been made: there, empty, and as good a start as none."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from include import drift, gaps, incidents, maintenance, rebuilds, resolved
from include.contracts import load_contracts
from include.days import day_accounts
from include.delta_log import version
from include.ops_layout import BY_DAY, UNDIVIDED, create_ops_tables
from include.settings import LakeSettings
from include.watch import lag_samples
from include.watch.table_signals import accounts_since, of_ledger
from jobs.audit.run import create_tables
from jobs.maintain.ops_tables import maintain
from local import tables

LEDGER = ("ops.ledger", "ops.ledger_days", "ops.ledger_files")
DAY = date(2026, 3, 1)


@pytest.fixture(autouse=True)
def made(lake: LakeSettings) -> None:
    create_ops_tables(lake)
    create_tables(lake)


def test_each_is_there_without_a_row_and_a_second_time_changes_nothing(lake: LakeSettings) -> None:
    create_ops_tables(lake)
    create_tables(lake)
    addresses = [*BY_DAY, *UNDIVIDED, *LEDGER]
    assert {address: version(lake, address) for address in addresses} == dict.fromkeys(addresses, 0)
    assert all(tables.head(lake, address, 20).num_rows == 0 for address in addresses)


def test_who_reads_them_finds_nothing(lake: LakeSettings) -> None:
    found = [
        *(drift.DRIFT.read(lake, "clicks", DAY).to_pylist(), resolved.RESOLVED.read(lake, "clicks").to_pylist()),
        *(gaps.declared(lake, "clicks"), incidents.open_incidents(lake), rebuilds.past_seconds(lake, ["planets"])["planets"]),
        *(list(day_accounts(lake, ["clicks"])), accounts_since(lake, DAY), of_ledger(lake, ["clicks"])),
        lag_samples.since(lake, datetime(2026, 3, 1, tzinfo=UTC)),
    ]
    assert found == [[]] * len(found)


def test_who_writes_them_writes_the_first_row(lake: LakeSettings) -> None:
    gaps.declare(lake, [gaps.Gap("clicks", "an-id", 0, 3, 5, gaps.RETENTION, "a test")])
    assert [gap.offsets for gap in gaps.declared(lake, "clicks")] == [3]
    line = drift.lines([], {}, load_contracts()["clicks"], DAY)
    drift.DRIFT.change(lake, "clicks", DAY, lambda _before: line)
    assert version(lake, drift.DRIFT.address) == 0


@pytest.mark.parametrize("address", [*BY_DAY, *UNDIVIDED, *LEDGER])
def test_they_are_looked_after(lake: LakeSettings, address: str) -> None:
    done = maintain(lake, address, maintenance.MaintenanceSettings(), "a run")
    assert done is not None
    assert (done.files_before, done.files_after) == (0, 0)


def test_an_empty_lag_table_is_tidied(lake: LakeSettings) -> None:
    lag_samples.tidy(lake, DAY)
    assert version(lake, lag_samples.LAG) == 0
