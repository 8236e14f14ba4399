"""Where a feed reads on by each choice of a person, and what that doubles, leaves out, or finds gone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jobs.stream.resume import Choice, Place, places_of


def place(choice: Choice, rows_end: int | None, begin: int, end: int, named: int | None = None) -> Place:
    rows, log = ({0: each} if each is not None else {} for each in (rows_end, named))
    (found,) = places_of(choice, rows, log, {0: (begin, end)})
    return found


@pytest.mark.parametrize(
    ("choice", "rows_end", "begin", "end", "reads_on", "left_out", "gone"),
    [
        ("rows", 10, 0, 15, 10, None, None),
        ("rows", 10, 10, 10, 10, None, None),
        ("rows", 10, 12, 15, 10, None, (10, 11)),  # the stream meets what is gone, and tells
        ("rows", None, 0, 15, 0, None, None),
        ("earliest", 10, 3, 15, 3, None, None),
        ("earliest", 10, 12, 15, 10, None, (10, 11)),
        ("earliest", None, 4, 15, 0, None, (0, 3)),
        ("latest", 10, 0, 15, 15, (10, 14), None),
        ("latest", 10, 12, 15, 15, (12, 14), (10, 11)),
        ("latest", 15, 0, 15, 15, None, None),
        ("latest", None, 0, 0, 0, None, None),
    ],
)
def test_each_choice_reads_on_where_it_says_and_names_what_is_passed_over(
    choice: Choice,
    rows_end: int | None,
    begin: int,
    end: int,
    reads_on: int,
    left_out: tuple[int, int] | None,
    gone: tuple[int, int] | None,
) -> None:
    found = place(choice, rows_end, begin, end)
    assert (found.next, found.left_out, found.gone) == (reads_on, left_out, gone)


def test_every_partition_that_kafka_has_gets_a_place_also_one_without_rows() -> None:
    found = places_of("rows", {1: 5}, {1: 4}, {1: (0, 9), 0: (2, 6)})
    assert [(each.partition, each.rows_end, each.named, each.next) for each in found] == [(0, None, None, 0), (1, 5, 4, 5)]


def test_place_in_words_says_what_comes_twice_what_is_left_out_and_what_is_gone() -> None:
    assert str(place("latest", 10, 12, 15, named=7)) == (
        "partition 0: rows end at 10, the log names 7, Kafka has 12 to 14: reads on at 15, no row comes twice, "
        "offsets 12 to 14 are left out, offsets 10 to 11 are gone from Kafka"
    )
    assert "reads on at 0, 10 rows twice, none is left out" in str(replace(place("earliest", 10, 0, 15), twice=10))
