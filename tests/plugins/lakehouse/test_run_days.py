from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from airflow.sdk.exceptions import ParamValidationError
from lakehouse.daily import MOST_DAYS, chosen_days
from lakehouse.run_days import day_param, days_of_interval, requested_days

from include.errors import SettingsError

TRIGGERED = datetime(2026, 3, 15, 9, 30, tzinfo=UTC)


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def days(*numbers: int) -> list[date]:
    return [date(2026, 3, number) for number in numbers]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (at(14), at(15), days(14)),  # scheduled
        (at(12), at(15), days(12, 13, 14)),  # several days
        (at(14, 6), at(14, 18), days(14)),  # part of a day
        (at(14, 6), at(15, 6), days(14, 15)),  # over midnight
        (at(14, 6), at(14, 6), days(14)),  # no length, as of a trigger timetable
        (at(14), at(14), days(14)),
    ],
)
def test_interval_means_every_day_that_it_touches(start: datetime, end: datetime, expected: list[date]) -> None:
    assert days_of_interval(start, end) == expected


def test_days_are_utc_days_wherever_the_interval_was_written() -> None:
    east = timezone(timedelta(hours=9))
    assert days_of_interval(datetime(2026, 3, 15, tzinfo=east), datetime(2026, 3, 16, tzinfo=east)) == days(14, 15)


def test_the_day_of_the_form_comes_before_the_interval() -> None:
    assert requested_days({"day": "2026-03-02"}, at(14), at(15), TRIGGERED) == days(2)


def test_the_days_that_a_form_wants_alone_come_before_all_else() -> None:
    params = {"day": "2026-03-02", "only_days": ["2026-03-09", "2026-03-04", "2026-03-09"]}
    assert requested_days(params, at(14), at(15), TRIGGERED) == days(4, 9)


@pytest.mark.parametrize("params", [{"day": None}, {"day": ""}, {}])
def test_empty_form_leaves_the_interval(params: dict) -> None:
    assert requested_days(params, at(10), at(11), TRIGGERED) == days(10)


def test_run_without_logical_date_builds_the_day_before_it_was_triggered() -> None:
    assert requested_days({}, None, None, TRIGGERED) == days(14)


@pytest.mark.parametrize("value", [None, "2026-03-14"])
def test_form_takes_a_day_or_nothing(value: str | None) -> None:
    assert day_param()["day"].resolve(value) == value


@pytest.mark.parametrize("value", ["14.3.2026", "2026-02-30", "; rm -rf /", 7])
def test_form_refuses_what_is_no_day(value: object) -> None:
    with pytest.raises(ParamValidationError):
        day_param()["day"].resolve(value)


def test_backfill_builds_its_own_days_alone() -> None:
    assert chosen_days(days(3, 4), True, days(1, 2), date(2026, 3, 15)) == days(3, 4)


def test_other_runs_build_the_past_days_that_new_rows_touched_too() -> None:
    assert set(chosen_days(days(14), False, days(2, 9, 15, 16), date(2026, 3, 15))) == set(days(2, 9, 14))


def test_the_days_asked_for_are_built_first_and_then_the_newest() -> None:
    assert chosen_days(days(3, 4), False, days(1, 4, 9), date(2026, 3, 15)) == days(3, 4, 9, 1)


def test_run_with_more_days_than_airflow_maps_takes_its_own_and_the_newest() -> None:
    stale = [date(2000, 1, 1) + timedelta(days=n) for n in range(MOST_DAYS + 5)]
    chosen = chosen_days([date(1999, 5, 5)], False, stale, date(2026, 3, 15))
    assert (len(chosen), chosen[0], chosen[1]) == (MOST_DAYS, date(1999, 5, 5), stale[-1])


def test_run_that_is_asked_for_more_days_than_it_can_build_says_so() -> None:
    asked = [date(2000, 1, 1) + timedelta(days=n) for n in range(MOST_DAYS + 1)]
    assert chosen_days(asked[:-1], False, days(1), date(2026, 3, 15)) == asked[:-1]
    with pytest.raises(SettingsError, match="2000-01-01 to 2002-09-27, 1001 days"):
        chosen_days(asked, False, [], date(2026, 3, 15))
