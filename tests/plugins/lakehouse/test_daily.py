"""Which feeds' tables a task builds for a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from deltalake import DeltaTable
from lakehouse import daily, triggers

from include.days import DayAccount, record
from include.errors import RebuildRefused
from include.settings import LakeSettings
from tests.jobs.bronze_rows import DAY, NOON, append, bronze_row, bronze_rows
from tests.jobs.commerce import LOGS, METRICS

BUILT = DayAccount("metrics", DAY, 2, 2, 0, 0, 0, 0, NOON, "scheduled__1")
LOGS_BUILT = replace(BUILT, feed="logs_application")
UNDONE = "undo:20261120T093000-0a1b2c"
LATER = NOON + timedelta(days=5)


@pytest.fixture
def built(lake: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> LakeSettings:
    """A lake with two feeds, of which the day is built."""
    monkeypatch.setattr(LakeSettings, "from_environment", classmethod(lambda _class, *_asked: lake))
    monkeypatch.setattr(triggers, "system_contracts", lambda _system: (METRICS, LOGS))
    for contract in (METRICS, LOGS):
        append(lake, contract, bronze_rows([b"x", b"y"]))
    record(lake, DAY, [BUILT, LOGS_BUILT])
    return lake


def feeds(
    monkeypatch: pytest.MonkeyPatch, asked: datetime = LATER, *, attempt: int = 1, kind: str = "scheduled", **params: object
) -> list[str]:
    """Those that a task of a run for the day of `asked` builds of DAY."""
    run = SimpleNamespace(data_interval_start=asked, data_interval_end=asked, run_after=asked, run_type=kind)
    context = {"dag_run": run, "params": params, "ti": SimpleNamespace(try_number=attempt), "run_id": "scheduled__2"}
    monkeypatch.setattr(daily, "get_current_context", lambda: context)
    return [contract.feed for contract in daily.feeds_to_build("commerce", DAY)]


@pytest.mark.parametrize("attempt", [1, 2])
def test_late_rows_have_their_own_feed_built_and_a_further_try_leaves_what_was_undone(
    built: LakeSettings, monkeypatch: pytest.MonkeyPatch, attempt: int
) -> None:
    append(built, METRICS, [bronze_row(b"late", 9)])
    append(built, LOGS, [bronze_row(b"late", 9)])
    record(built, DAY, [replace(BUILT, run_id=UNDONE)])
    assert feeds(monkeypatch, attempt=attempt) == ["logs_application"]


def test_a_further_try_builds_what_the_first_has_opened_or_its_run_has_built(built: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    record(built, DAY, [replace(BUILT, built_at=None, run_id="writing:scheduled__2")])
    opened = feeds(monkeypatch, attempt=2)
    record(built, DAY, [replace(BUILT, run_id="scheduled__2")])
    assert (opened, feeds(monkeypatch, attempt=2), feeds(monkeypatch)) == (["metrics"], ["metrics"], [])


@pytest.mark.parametrize("attempt", [1, 2])
@pytest.mark.parametrize("how", [{}, {"asked": NOON}, {"kind": "manual", "day": str(DAY)}, {"kind": "manual", "only_days": [str(DAY)]}])
def test_a_feed_of_which_bronze_lost_rows_is_left_out_whoever_asks(
    built: LakeSettings, monkeypatch: pytest.MonkeyPatch, attempt: int, how: dict[str, object]
) -> None:
    DeltaTable(built.table_uri(METRICS.bronze)).delete('"offset" = 0')
    append(built, LOGS, [bronze_row(b"late", 9)])
    assert feeds(monkeypatch, attempt=attempt, **how) == ["logs_application"]  # type: ignore[arg-type]
    DeltaTable(built.table_uri(LOGS.bronze)).delete()
    if how:
        with pytest.raises(RebuildRefused, match="bronze has lost rows"):
            feeds(monkeypatch, attempt=attempt, **how)  # type: ignore[arg-type]
    else:
        assert feeds(monkeypatch, attempt=attempt) == []


@pytest.mark.parametrize(
    ("how", "built_anew"),
    [
        ({"kind": "scheduled", "asked": NOON}, False),
        ({"kind": "backfill", "asked": NOON}, True),
        ({"kind": "manual", "day": str(DAY)}, True),
        ({"kind": "manual", "only_days": [str(DAY)]}, True),
    ],
)
def test_what_a_person_has_undone_is_built_when_a_person_asks_for_the_day(
    built: LakeSettings, monkeypatch: pytest.MonkeyPatch, how: dict[str, object], built_anew: bool
) -> None:
    record(built, DAY, [replace(BUILT, run_id=UNDONE)])
    assert ("metrics" in feeds(monkeypatch, **how)) is built_anew  # type: ignore[arg-type]
