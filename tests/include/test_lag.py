from __future__ import annotations

from include.lag import FeedProgress


def progress(bronze: dict[int, int], begin: int = 0, end: int = 10) -> FeedProgress:
    return FeedProgress("clicks", begin={0: begin}, end={0: end}, bronze=bronze)


def test_lag_is_what_bronze_lacks() -> None:
    assert progress({0: 4}).lag == 6


def test_partition_that_bronze_has_never_read_is_all_lag() -> None:
    assert progress({}).lag == 10


def test_what_retention_has_removed_is_not_waited_for() -> None:
    assert progress({0: 2}, begin=10).lag == 0


def test_target_that_is_passed_leaves_nothing_behind() -> None:
    assert progress({0: 4}).behind({0: 4}) == {}


def test_target_ahead_is_what_is_behind() -> None:
    assert progress({0: 4}).behind({0: 7}) == {0: 3}


def test_target_beyond_the_end_counts_as_the_end() -> None:
    assert progress({0: 4}, end=5).behind({0: 900}) == {0: 1}


def test_partition_without_a_target_is_not_waited_for() -> None:
    assert FeedProgress("clicks", {}, {0: 5, 1: 5}, {0: 5}).behind({0: 5}) == {}
