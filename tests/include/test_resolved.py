"""Which records left quarantine with a build of their day, and which came back."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa

from include.resolved import RESOLVED, Build, came_back, given_back, settled, still_resolved
from include.settings import LakeSettings
from tests.jobs.bronze_rows import DAY, NOON

NONE = RESOLVED.schema.empty_table()
WIDER = Build("metrics", DAY, "1.1.0", NOON, "run-1")
NARROWER = Build("metrics", DAY, "1.2.0", NOON + timedelta(days=1), "run-2")
ONE, OTHER = ("topic-id", 0, 1), ("topic-id", 0, 2)


def quarantined(*records: tuple[str, int, int]) -> pa.Table:
    names = ("topic_id", "partition", "offset", "reasons", "contract_version")
    rows = [dict(zip(names, (*record, ["maximum:cpu_pct"], "1.0.0"), strict=True)) for record in records]
    return pa.Table.from_pylist(rows, pa.schema([(name, RESOLVED.schema.field(_THEN.get(name, name)).type) for name in names]))


_THEN = {"reasons": "reasons_then", "contract_version": "contract_version_then"}


def test_record_that_leaves_quarantine_has_a_line_that_says_why_it_was_there_and_what_let_it_out() -> None:
    (line,) = settled(NONE, quarantined(ONE, OTHER), {ONE: "current", OTHER: "quarantine"}, WIDER).to_pylist()
    assert line == {
        "feed": "metrics",
        "event_date": DAY,
        "topic_id": "topic-id",
        "partition": 0,
        "offset": 1,
        "reasons_then": ["maximum:cpu_pct"],
        "contract_version_then": "1.0.0",
        "contract_version_now": "1.1.0",
        "resolved_at": NOON,
        "run_id": "run-1",
        "reopened_at": None,
        "reopened_contract_version": None,
    }


def test_record_that_is_a_dead_letter_now_is_not_resolved() -> None:
    assert settled(NONE, quarantined(ONE), {ONE: "dead_letters"}, WIDER).num_rows == 0


def test_record_that_bronze_has_lost_is_not_resolved() -> None:
    assert settled(NONE, quarantined(ONE), {}, WIDER).num_rows == 0


def test_the_same_build_again_adds_nothing_even_where_the_first_died_before_it_replaced_quarantine() -> None:
    once = settled(NONE, quarantined(ONE), {ONE: "current"}, WIDER)
    assert settled(once, quarantined(ONE), {ONE: "current"}, NARROWER).equals(once)
    assert settled(once, quarantined(), {}, NARROWER).equals(once)


def test_record_that_fails_again_is_marked_once_and_may_leave_again() -> None:
    once = settled(NONE, quarantined(ONE), {ONE: "current"}, WIDER)
    back = settled(once, quarantined(), {ONE: "quarantine"}, NARROWER)
    assert (came_back(once), came_back(back), still_resolved(once), still_resolved(back)) == (set(), {ONE}, {ONE}, set())
    assert back.to_pylist()[0]["reopened_contract_version"] == "1.2.0"
    assert settled(back, quarantined(ONE), {ONE: "quarantine"}, WIDER).equals(back)
    again = settled(back, quarantined(ONE), {ONE: "current"}, Build("metrics", DAY, "1.3.0", NOON + timedelta(days=2), "run-3"))
    assert [line["contract_version_now"] for line in again.to_pylist()] == ["1.1.0", "1.3.0"]
    assert (came_back(again), still_resolved(again)) == (set(), {ONE})


def test_lines_of_a_feed_and_day_are_replaced_alone_and_equal_ones_are_not_written(lake: LakeSettings) -> None:
    for feed, day in (("metrics", DAY), ("clicks", DAY), ("metrics", DAY - timedelta(days=1))):
        build = Build(feed, day, "1.1.0", NOON, "run")
        RESOLVED.change(lake, feed, day, lambda lines, build=build: settled(lines, quarantined(ONE), {ONE: "current"}, build))
    before = RESOLVED.read(lake)
    RESOLVED.change(lake, "metrics", DAY, lambda lines: lines)
    assert RESOLVED.read(lake).equals(before)
    RESOLVED.change(lake, "metrics", DAY, lambda lines: lines.slice(0, 0))
    kept = [(line["feed"], line["event_date"]) for line in RESOLVED.read(lake).to_pylist()]
    assert sorted(kept) == [("clicks", DAY), ("metrics", DAY - timedelta(days=1))]


def test_nothing_to_write_makes_no_table(lake: LakeSettings) -> None:
    from include.delta_log import version

    RESOLVED.change(lake, "metrics", DAY, lambda lines: lines)
    assert version(lake, RESOLVED.address) is None


def test_lines_are_what_they_were_when_a_build_is_undone() -> None:
    before = settled(NONE, quarantined(ONE), {ONE: "current"}, WIDER)
    after = settled(before, quarantined(OTHER), {ONE: "quarantine", OTHER: "superseded"}, NARROWER)
    assert (came_back(after), still_resolved(after)) == ({ONE}, {OTHER})
    assert given_back(after, NARROWER.at).equals(before)


def test_what_earlier_builds_put_back_stays_back_when_a_later_one_is_undone() -> None:
    third, fourth = (Build("metrics", DAY, f"1.{3 + n}.0", NOON + timedelta(days=2 + n), f"run-{3 + n}") for n in range(2))
    back = settled(settled(NONE, quarantined(ONE), {ONE: "current"}, WIDER), quarantined(), {ONE: "quarantine"}, NARROWER)
    out_again = settled(back, quarantined(ONE), {ONE: "current"}, third)
    back_again = settled(out_again, quarantined(), {ONE: "quarantine"}, fourth)
    assert given_back(back_again, fourth.at).equals(out_again)
    assert given_back(back_again, third.at).equals(back)
