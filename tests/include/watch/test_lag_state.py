from __future__ import annotations

import pytest

from include.watch.lag_state import Position, State, judge


def window(*positions: tuple[int, int]) -> list[Position]:
    """Of next offset and lag."""
    return [Position(*each) for each in positions]


@pytest.mark.parametrize(
    ("positions", "state"),
    [
        ([], "OK"),
        ([(5, 0), (5, 0), (5, 0)], "OK"),
        ([(5, 900), (300, 600), (900, 0)], "OK"),
        ([(5, 900), (300, 600), (600, 300)], "OK"),
        ([(5, 1), (5, 2)], "OK"),  # too early to say
        ([(5, 0), (5, 2), (5, 4)], "OK"),  # it had read all a moment ago
        ([(5, 9), (6, 8), (6, 9), (7, 9)], "OK"),  # smaller once
        ([(5, 4), (6, 4), (7, 4)], "WARN"),
        ([(5, 4), (6, 5), (7, 9)], "WARN"),
        ([(5, 4), (5, 5), (5, 9)], "STALL"),
        ([(5, 4), (5, 4), (5, 4)], "STALL"),
        ([(5, 4), (3, 6)], "REWIND"),
        ([(5, 4), (3, 6), (9, 1)], "REWIND"),
        ([(5, 0), (3, 2), (5, 0)], "OK"),
    ],
)
def test_a_partition_is_judged_by_its_movement(positions: list[tuple[int, int]], state: State) -> None:
    assert judge(window(*positions), alive=True) == state


@pytest.mark.parametrize(
    ("positions", "state"), [([(5, 0)], "OK"), ([(5, 1)], "STOP"), ([(5, 0), (5, 2)], "STOP"), ([(9, 0), (3, 6)], "STOP")]
)
def test_records_that_nobody_reads_are_a_stop_at_once(positions: list[tuple[int, int]], state: State) -> None:
    assert judge(window(*positions), alive=False) == state
