"""Days of bronze past their contract's retention: declared to the offset, then deleted, and only what silver has."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError

from include.days import DayAccount, kept_by_bronze, lost_rows, record, stale_days
from include.delta_log import rows_by_day
from include.errors import LeaseLost, RebuildRefused
from include.gaps import BRONZE_RETENTION, Gap, declare, declared
from include.settings import LakeSettings
from jobs.stream.retention import delete_expired
from jobs.stream.upkeep import NO_HOOKS
from tests.jobs.bronze_rows import DAY, NOON, append, bronze_row
from tests.jobs.commerce import LOGS, METRICS

KEPT_30 = replace(METRICS, sla=replace(METRICS.sla, retention_days=30))
TODAY = DAY + timedelta(days=31)
NEXT = NOON + timedelta(days=1)
BUILT = DayAccount("metrics", DAY, 5, 5, 0, 0, 0, 0, NOON, "run")


@pytest.fixture
def filled(lake: LakeSettings) -> LakeSettings:
    """Five rows of DAY among three of the day after: offsets 0, 1, 3 and 7 of one partition, 2 of another."""
    rows = [bronze_row(b"x", offset) for offset in (0, 1, 3, 7)] + [bronze_row(b"x", 2, partition=1)]
    append(lake, METRICS, rows + [bronze_row(b"x", offset, event_time=NEXT) for offset in (2, 4, 5)])
    return lake


def expire(lake: LakeSettings, contract: Any = KEPT_30, day: Any = TODAY, check_lease: Any = lambda: None) -> list[Any]:
    found = delete_expired(DeltaTable(lake.table_uri(METRICS.bronze)), lake, contract, day, NO_HOOKS, check_lease)
    return [gone for gone, _ in found]


def gaps(lake: LakeSettings) -> list[tuple[int, int, int]]:
    return sorted((gap.partition, gap.first_offset, gap.last_offset) for gap in declared(lake, "metrics"))


def test_day_that_is_built_and_closed_goes_and_its_offsets_are_declared(filled: LakeSettings) -> None:
    record(filled, DAY, [BUILT])
    assert expire(filled) == [DAY]
    assert rows_by_day(filled, METRICS.bronze) == {NEXT.date(): 3}
    assert gaps(filled) == [(0, 0, 1), (0, 3, 3), (0, 7, 7), (1, 2, 2)]
    assert {(gap.topic_id, gap.reason) for gap in declared(filled, "metrics")} == {("topic-id", "bronze retention")}
    assert expire(filled) == []


@pytest.mark.parametrize(
    "account",
    [None, replace(BUILT, built_at=None), replace(BUILT, bronze_rows=4), replace(BUILT, bronze_rows=6)],
    ids=["never built", "open", "rows came since", "rows are missing"],
)
def test_day_that_silver_has_not_whole_stays(filled: LakeSettings, account: DayAccount | None) -> None:
    if account is not None:
        record(filled, DAY, [account])
    assert (expire(filled), gaps(filled)) == ([], [])
    assert rows_by_day(filled, METRICS.bronze)[DAY] == 5


def test_day_within_retention_and_a_contract_without_one_keep_their_rows(filled: LakeSettings) -> None:
    record(filled, DAY, [BUILT])
    assert (expire(filled, day=TODAY - timedelta(days=1)), expire(filled, METRICS)) == ([], [])


def test_day_whose_rows_do_not_say_their_topic_stays(lake: LakeSettings) -> None:
    append(lake, METRICS, [bronze_row(b"x", offset, topic_id=None) for offset in range(5)])
    record(lake, DAY, [BUILT])
    assert (expire(lake), gaps(lake)) == ([], [])


def test_gaps_are_declared_before_the_rows_go_and_not_again_after_a_crash(filled: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    record(filled, DAY, [BUILT])

    def dies(*_asked: object, **_more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(DeltaTable, "delete", dies)
    with pytest.raises(KeyboardInterrupt):
        expire(filled)
    monkeypatch.undo()
    before = gaps(filled)
    assert (rows_by_day(filled, METRICS.bronze)[DAY], len(before)) == (5, 4)
    assert (expire(filled), gaps(filled)) == ([DAY], before)


@pytest.mark.parametrize(("event_time", "deleted"), [(NOON, []), (NEXT, [DAY])], ids=["of that day", "of another day"])
def test_rows_that_come_meanwhile_stay(filled: LakeSettings, monkeypatch: pytest.MonkeyPatch, event_time: Any, deleted: list[Any]) -> None:
    record(filled, DAY, [BUILT])
    delete = DeltaTable.delete

    def delete_after_a_commit(table: DeltaTable, *asked: object, **more: Any) -> object:
        append(filled, METRICS, [bronze_row(b"late", 8, event_time=event_time)])
        return delete(table, *asked, **more)

    monkeypatch.setattr(DeltaTable, "delete", delete_after_a_commit)
    assert expire(filled) == deleted
    rows = DeltaTable(filled.table_uri(METRICS.bronze)).to_pyarrow_table(columns=["value"])["value"].to_pylist()
    assert (rows.count(b"late"), len(rows)) == (1, 4 if deleted else 9)
    assert len(gaps(filled)) == (4 if deleted else 0)


def test_a_deletion_that_is_refused_withdraws_what_a_crash_left_declared(filled: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    record(filled, DAY, [BUILT])
    declare(filled, [Gap("metrics", "topic-id", 0, 0, 1, BRONZE_RETENTION, "a driver that crashed")])
    monkeypatch.setattr(DeltaTable, "delete", refused)
    assert (expire(filled), gaps(filled)) == ([], [])


def test_a_deletion_that_came_through_and_was_not_heard_of_stays_declared(filled: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    record(filled, DAY, [BUILT])
    delete = DeltaTable.delete

    def delete_unheard(table: DeltaTable, *asked: object, **more: Any) -> None:
        delete(table, *asked, **more)
        append(filled, METRICS, [bronze_row(b"late", 8)])
        refused()

    monkeypatch.setattr(DeltaTable, "delete", delete_unheard)
    assert expire(filled) == []
    assert (rows_by_day(filled, METRICS.bronze)[DAY], len(gaps(filled))) == (1, 4)


def refused(*_asked: object, **_more: object) -> None:
    raise CommitFailedError("refused")


@pytest.mark.parametrize("late", [1, 5, 6], ids=["fewer than went", "as many as went", "more than went"])
def test_rows_that_come_after_the_day_went_are_no_reason_to_delete_or_to_build(filled: LakeSettings, late: int) -> None:
    record(filled, DAY, [BUILT])
    assert expire(filled) == [DAY]
    append(filled, METRICS, [bronze_row(b"late", 10 + number, ingested_at=NOON + timedelta(days=40)) for number in range(late)])
    assert expire(filled) == []
    assert rows_by_day(filled, METRICS.bronze)[DAY] == late
    short = replace(METRICS, sla=replace(METRICS.sla, retention_days=1))
    assert DAY not in stale_days(filled, [short])
    assert lost_rows(filled, [short], DAY) == {"metrics": 5}
    with pytest.raises(RebuildRefused, match="does not keep this day any longer"):
        kept_by_bronze(filled, [short], DAY)
    assert [contract.feed for contract in kept_by_bronze(filled, [short, LOGS], DAY)] == [LOGS.feed]


def test_a_driver_that_lost_its_lease_deletes_nothing(filled: LakeSettings) -> None:
    record(filled, DAY, [BUILT])

    def lost() -> None:
        raise LeaseLost("lost", where="here", fix="none")

    with pytest.raises(LeaseLost):
        expire(filled, check_lease=lost)
    assert (rows_by_day(filled, METRICS.bronze)[DAY], gaps(filled)) == (5, [])


def test_a_hole_in_a_day_is_not_declared_because_another_offset_is_there_twice(lake: LakeSettings) -> None:
    append(lake, METRICS, [bronze_row(b"x", offset) for offset in (5, 5, 7)])
    record(lake, DAY, [replace(BUILT, bronze_rows=3)])
    assert (expire(lake), gaps(lake)) == ([DAY], [(0, 5, 5), (0, 7, 7)])


def test_each_day_is_told_when_it_is_gone_though_a_later_one_fails(filled: LakeSettings) -> None:
    for day, rows in ((DAY, 5), (NEXT.date(), 3)):
        record(filled, day, [replace(BUILT, event_date=day, bronze_rows=rows, built_at=NEXT)])
    asked, told = [], []

    def check_lease() -> None:
        asked.append(len(told))
        if len(asked) == 2:
            raise LeaseLost("another driver has it")

    found = delete_expired(DeltaTable(filled.table_uri(METRICS.bronze)), filled, KEPT_30, TODAY + timedelta(days=1), NO_HOOKS, check_lease)
    with pytest.raises(LeaseLost):
        told.extend(found)
    assert told == [(DAY, 5)]
    assert rows_by_day(filled, METRICS.bronze) == {NEXT.date(): 3}
