"""Which declarations count: one that a day of bronze went is no excuse while a row of the day is there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from deltalake import DeltaTable

from include.days import DayAccount, record
from include.gaps import BRONZE_RETENTION, RECREATED, RETENTION, Gap, declare
from jobs.audit import gaps
from jobs.stream.retention import delete_expired
from jobs.stream.upkeep import NO_HOOKS
from tests.jobs.audit.tables import CLICKS, TOPIC_ID, Bronze, fill_sides
from tests.jobs.bronze_rows import DAY, NOON

KEPT_30 = replace(CLICKS, sla=replace(CLICKS.sla, retention_days=30))
THAT_DAY = Gap("clicks", TOPIC_ID, 0, 0, 4, BRONZE_RETENTION, "bronze upkeep")


def build(bronze: Bronze, rows: int) -> None:
    fill_sides(bronze.lake, {"current": rows})
    record(bronze.lake, DAY, [DayAccount("clicks", DAY, rows, rows, 0, 0, 0, 0, NOON, "run")])


@pytest.mark.parametrize("built_again", [False, True])
def test_a_row_that_goes_after_a_refused_retention_is_missing(bronze: Bronze, built_again: bool):
    bronze.commit(range(5))
    build(bronze, 5)
    deleted = delete_expired(bronze.table, bronze.lake, KEPT_30, DAY + timedelta(31), NO_HOOKS, lambda: bronze.commit([5, 6]))
    assert list(deleted) == []
    if built_again:
        build(bronze, 7)
    assert bronze.audit().findings == ()
    bronze.table.delete('"offset" = 2')
    assert list(bronze.ledger().missing) == [2]


def test_a_day_that_is_to_go_closes_before_and_after_it_goes(bronze: Bronze):
    bronze.commit(range(5))
    build(bronze, 5)
    declare(bronze.lake, [THAT_DAY])
    before = bronze.audit()
    bronze.table.delete()
    after = bronze.audit()
    assert (before.findings, after.findings) == ((), ())
    assert "5 offsets declared as bronze retention, whose day is there" in str(before)
    assert "their day is there" not in str(after)


def test_a_row_that_goes_between_declaration_and_deletion_is_missing_and_what_was_declared_is_told(bronze: Bronze):
    bronze.commit(range(5))
    bronze.commit(range(3), partition=1)
    declare(bronze.lake, [THAT_DAY, replace(THAT_DAY, partition=1, last_offset=2)])
    DeltaTable(bronze.folder).delete("partition = 1")
    whole, (missing, void) = (each.findings for each in bronze.audit().partitions)
    assert whole == ()
    assert missing == "offsets 0–2 missing, and Kafka was not asked"
    assert void == "offsets 0–2 declared as bronze retention, which does not count: rows are left of the day that was to go"


def test_each_day_is_a_declaration_of_its_own(bronze: Bronze):
    bronze.commit(range(3, 10))
    declare(bronze.lake, [replace(THAT_DAY, last_offset=2)])
    declare(bronze.lake, [replace(THAT_DAY, first_offset=3)])
    assert bronze.ledger().is_closed


def test_what_is_declared_for_another_reason_too_counts_for_that(bronze: Bronze):
    bronze.commit([0, 3, 4])
    for reason, first, last in ((BRONZE_RETENTION, 0, 4), (RETENTION, 1, 2)):
        declared = {reason: gaps.covering([(first, last)])}
        gaps.keep(bronze.lake, {"clicks": {(TOPIC_ID, 0): declared}}, datetime.now(NOON.tzinfo))
    ledger = bronze.ledger()
    assert (ledger.is_closed, {reason: list(offsets) for reason, offsets in ledger.gaps.items()}) == (True, {RETENTION: [1, 2]})


def test_what_topics_that_were_made_anew_held_unread_has_a_line_of_the_ledger_also_where_bronze_has_none_of_them(bronze: Bronze):
    bronze.commit(range(10))
    unread = Gap("clicks", TOPIC_ID, 0, 10, 29, RECREATED, "stream")
    declare(bronze.lake, [unread, replace(unread, topic_id="between", first_offset=0, last_offset=3)])
    lines = bronze.audit().partitions
    assert [(each.topic_id, each.next_offset, each.held.rows, each.is_closed) for each in lines] == [
        (TOPIC_ID, 30, 10, True),
        ("between", 4, 0, True),
    ]
    assert [list(each.gaps[RECREATED]) for each in lines] == [list(range(10, 30)), list(range(4))]
    bronze.table.delete('"offset" = 2')
    assert [list(each.missing) for each in bronze.audit().partitions] == [[2], []]
