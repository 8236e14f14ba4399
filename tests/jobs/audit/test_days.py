"""Whether a day's rows ended in one table each, and what a day that does not add up is taken for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake

from include.catalog import side_tables
from include.days import WRITING
from include.words import many
from jobs.audit import gaps
from jobs.audit.broker import Topic
from jobs.audit.contents import end_of
from jobs.audit.days import DayLedger
from jobs.audit.finality import read_beyond
from tests.jobs.audit.tables import AFTERWARDS, CLICKS, TOPIC_ID, Bronze, claim, fill_sides, side_rows
from tests.jobs.bronze_rows import DAY, NOON

SIDES = side_tables(CLICKS.feed)
ALL_SIDES = {"current": 5, "superseded": 2, "quarantine": 2, "dead_letters": 1}


def day_of(bronze: Bronze) -> DayLedger:
    (found,) = bronze.audit().days
    return found


def test_a_day_whose_rows_are_in_one_table_each_is_closed(bronze: Bronze):
    bronze.commit(range(10))
    fill_sides(bronze.lake, ALL_SIDES)
    claim(bronze.lake, 10)
    found = day_of(bronze)
    assert (found.bronze, found.silver, found.superseded, found.quarantine, found.dead_letters) == (10, 5, 2, 2, 1)
    assert (found.state, found.finding, found.wrong) == ("closed", None, False)


def test_the_days_are_a_table_to_be_asked(bronze: Bronze):
    bronze.commit(range(10))
    fill_sides(bronze.lake, ALL_SIDES)
    bronze.audit()
    (row,) = DeltaTable(bronze.lake.table_uri("ops.ledger_days")).to_pyarrow_table().to_pylist()
    assert (row["event_date"], row["bronze_rows"], row["dead_letter_rows"], row["state"]) == (DAY, 10, 1, "closed")


def test_a_day_that_nobody_has_built_is_open_and_nothing_is_wrong(bronze: Bronze):
    bronze.commit(range(10))
    found = bronze.audit()
    assert [(day.state, day.finding) for day in found.days] == [("open", "not built yet")]
    assert found.findings == ()


def test_rows_that_came_since_a_day_was_built_wait_for_the_next_run(bronze: Bronze):
    bronze.commit(range(13))
    fill_sides(bronze.lake, ALL_SIDES)
    claim(bronze.lake, 10)
    found = day_of(bronze)
    assert (found.state, found.finding, found.wrong) == ("open", "3 rows came since it was built", False)


def test_a_day_that_is_being_built_is_open_and_nothing_is_wrong(bronze: Bronze):
    bronze.commit(range(10))
    fill_sides(bronze.lake, {"current": 3})
    claim(bronze.lake, 10, built_at=None, run_id=f"{WRITING}run")
    found = day_of(bronze)
    assert (found.state, found.finding, found.wrong) == ("open", "being built", False)


LOST_AND_DOUBLED = {"current": [0, 1, 2, 4, 5, 6, 7, 8, 9], "quarantine": [5]}


@pytest.mark.parametrize("built_at", [NOON, None], ids=["built", "silver is done and gold waits"])
def test_a_lost_row_and_one_that_is_in_two_tables_do_not_make_up_for_each_other(bronze: Bronze, built_at: datetime | None):
    bronze.commit(range(10))
    fill_sides(bronze.lake, LOST_AND_DOUBLED)
    claim(bronze.lake, 10, built_at, run_id="run")
    (finding,) = bronze.audit().findings
    assert "offset 3 of partition 0 of topic id an-id in none of them" in finding
    assert "offset 5 of partition 0 of topic id an-id more than once in silver, quarantine" in finding


def test_a_lost_row_is_told_of_a_day_whose_gold_waits_for_a_person(bronze: Bronze):
    bronze.commit(range(100))
    fill_sides(bronze.lake, {"current": 49, "quarantine": 50})
    claim(bronze.lake, 100, built_at=None, run_id="run")
    (finding,) = bronze.audit().findings
    assert "offset 99 of partition 0 of topic id an-id in none of them" in finding


def test_of_a_day_that_is_being_written_nothing_is_wrong_yet(bronze: Bronze):
    bronze.commit(range(10))
    fill_sides(bronze.lake, LOST_AND_DOUBLED)
    claim(bronze.lake, 10, built_at=None, run_id=f"{WRITING}run")
    found = day_of(bronze)
    assert (found.state, found.finding, found.wrong) == ("open", "being built", False)


def test_a_built_day_whose_tables_are_not_there_is_told(bronze: Bronze):
    bronze.commit(range(10))
    claim(bronze.lake, 10)
    (finding,) = bronze.audit().findings
    assert finding.endswith("its four tables 0; it was built from 10: offsets 0–9 of partition 0 of topic id an-id in none of them")


def test_a_row_of_another_day_does_not_make_up_for_one_that_is_lost(bronze: Bronze):
    bronze.commit(range(10))
    bronze.commit([10], event_time=NOON + timedelta(days=1))
    fill_sides(bronze.lake, {"current": [*range(9), 10]})
    claim(bronze.lake, 10)
    (finding,) = bronze.audit().findings
    assert "offset 10 of partition 0 of topic id an-id in silver, and not in bronze" in finding


def test_rows_of_a_former_version_that_do_not_say_which_record_they_are_of_are_counted(bronze: Bronze):
    bronze.commit(range(10))
    write_deltalake(bronze.lake.table_uri("silver.clicks"), side_rows("current", [7] * 10, topic_id=None), partition_by=["event_date"])
    claim(bronze.lake, 10)
    assert (day_of(bronze).state, bronze.audit().files_read) == ("closed", 0)


@pytest.mark.parametrize("side", ["silver.clicks", "quarantine.clicks"])
def test_a_file_that_is_written_again_in_its_place_is_told_of_any_table(bronze: Bronze, side: str):
    bronze.commit(range(10))
    fill_sides(bronze.lake, {"current": 5, "quarantine": 5})
    claim(bronze.lake, 10)
    assert bronze.audit().findings == ()
    (path,) = DeltaTable(bronze.lake.table_uri(side)).file_uris()
    pq.write_table(pq.ParquetFile(path).read(), path, compression="NONE")
    (finding,) = bronze.audit().findings
    assert finding == f"clicks: {path.removeprefix(bronze.lake.table_uri(side) + '/')} of {side} was written again in its place"


@pytest.mark.parametrize("side", ALL_SIDES)
def test_a_row_that_is_in_no_table_or_in_two_is_told(bronze: Bronze, side: str):
    bronze.commit(range(10))
    claim(bronze.lake, 10)
    for change in (-1, 1):
        fill_sides(bronze.lake, ALL_SIDES | {side: ALL_SIDES[side] + change})
        (finding,) = bronze.audit().findings
        assert finding.startswith(f"clicks 2026-11-20: bronze has 10 rows, its four tables {10 + change}; it was built from 10: offset ")


def test_a_file_that_is_gone_from_silver_is_told(bronze: Bronze):
    bronze.commit(range(10))
    fill_sides(bronze.lake, {"current": 10})
    claim(bronze.lake, 10)
    assert bronze.audit().findings == ()
    silver = DeltaTable(bronze.lake.table_uri("silver.clicks"))
    (path,) = silver.file_uris()
    from pathlib import Path

    Path(path.removeprefix("file://")).unlink()
    wrong, absent = bronze.audit().findings
    assert "its four tables 0" in wrong
    assert "is not there, and the log of silver.clicks names it" in absent


@pytest.mark.parametrize(("declared", "state"), [(True, "closed"), (False, "open")])
def test_a_day_that_bronze_gave_up_stands_by_what_it_was_built_from(bronze: Bronze, declared: bool, state: str):
    bronze.commit(range(10))
    fill_sides(bronze.lake, ALL_SIDES)
    claim(bronze.lake, 10)
    bronze.table.delete()
    if declared:
        given_up = {gaps.BRONZE_RETENTION: gaps.covering([(0, 9)])}
        gaps.keep(bronze.lake, {"clicks": {(TOPIC_ID, 0): given_up}}, NOON)
    assert day_of(bronze).state == state


@pytest.mark.parametrize("came", [2, 10, 12], ids=["fewer than went", "as many as went", "more than went"])
def test_rows_that_come_after_bronze_gave_up_their_day_are_told_and_no_alarm(bronze: Bronze, came: int):
    given_up(bronze)
    bronze.commit(range(10, 10 + came), ingested_at=AFTERWARDS)
    found = day_of(bronze)
    assert (found.state, found.wrong) == ("open", False)
    assert found.finding == f"{many(came, 'row')} came after bronze had given up the day, in bronze alone"


def test_a_day_that_bronze_gave_up_and_silver_has_otherwise_is_told(bronze: Bronze):
    given_up(bronze)
    bronze.commit(range(10, 20), ingested_at=AFTERWARDS)
    fill_sides(bronze.lake, {"current": [*range(9), 8]})
    assert "offset 8 of partition 0 of topic id an-id more than once in silver" in str(day_of(bronze).finding)


def test_late_rows_of_a_day_that_bronze_has_are_no_matter_of_what_it_gave_up(bronze: Bronze):
    given_up(bronze)
    other = NOON - timedelta(days=1)
    bronze.commit(range(10, 13), event_time=other, ingested_at=AFTERWARDS)
    for side, offsets in (("current", [10]), ("quarantine", [11])):
        rows = side_rows(side, offsets, other.date())
        write_deltalake(bronze.lake.table_uri(SIDES[side]), rows, mode="append", partition_by=["event_date"])
    claim(bronze.lake, 2, day=other.date())
    found = bronze.audit().days[0]
    assert (found.event_date, found.finding, found.wrong) == (other.date(), "1 row came since it was built", False)


def given_up(bronze: Bronze) -> None:
    """Ten rows of the day were built, declared to go, and went."""
    bronze.commit(range(10))
    fill_sides(bronze.lake, ALL_SIDES)
    claim(bronze.lake, 10)
    bronze.table.delete()
    gaps.keep(bronze.lake, {"clicks": {(TOPIC_ID, 0): {gaps.BRONZE_RETENTION: gaps.covering([(0, 9)])}}}, NOON)


def test_late_rows_are_those_that_came_when_their_day_was_over(bronze: Bronze):
    midnight = datetime(2026, 11, 21, tzinfo=UTC)
    bronze.commit([0, 1], ingested_at=midnight - timedelta(microseconds=1))
    bronze.commit([2, 3, 4], ingested_at=midnight)
    assert day_of(bronze).late == 3


def test_nothing_is_late_for_the_last_day_of_all_and_its_end_is_no_error(bronze: Bronze):
    bronze.commit([0, 1], event_time=datetime(9999, 12, 31, 12, tzinfo=UTC))
    found = day_of(bronze)
    assert (found.event_date, found.late, end_of(date.max).year) == (date.max, 0, 9999)


class ReadUpTo:
    """Kafka's answer about one partition whose record n came on day n of November."""

    def __init__(self, end: int) -> None:
        self.topic, self.asked = Topic("clicks", "an-id", {0: end}), 0

    def offsets_at(self, topic: Topic, moment: datetime) -> dict[int, int]:
        self.asked += 1
        return {0: min(moment.day, topic.ends[0])}


@pytest.mark.parametrize(("committed", "newest"), [(0, None), (5, 4), (30, 21), (22, 21), (21, 20)])
def test_a_day_is_final_when_bronze_has_read_beyond_it_in_every_partition(committed: int, newest: int | None):
    broker = ReadUpTo(25)
    days = [date(2026, 11, number) for number in range(1, 29)]
    is_read = read_beyond(broker, broker.topic, {("an-id", 0): committed}, days, AFTERWARDS)
    assert max((day.day for day in days if is_read(day)), default=None) == newest
    assert broker.asked <= 6


def test_without_a_kafka_no_day_is_final():
    assert not read_beyond(None, None, {}, [DAY], AFTERWARDS)(DAY)


def test_a_day_of_which_the_batch_knows_nothing_and_silver_too_much_is_told(bronze: Bronze):
    bronze.commit(range(3), event_time=NOON)
    fill_sides(bronze.lake, {"current": 4})
    assert day_of(bronze).wrong
