"""Event times: as many as asked for, in order, inside the span, and denser in busy hours."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from jobs.produce.clock import OFFICE_HOURS, STEADY, spread

START = datetime(2026, 3, 14, tzinfo=UTC)


@given(
    count=st.integers(1, 200),
    start=st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    span=st.timedeltas(timedelta(milliseconds=1), timedelta(days=9)),
)
def test_times_are_in_order_and_inside_the_span(count: int, start: datetime, span: timedelta) -> None:
    times = list(spread(Random(1), count, start, start + span, OFFICE_HOURS))

    assert len(times) == count
    assert times == sorted(times)
    assert start <= times[0]
    assert times[-1] < start + span


def test_a_steady_day_has_as_many_in_each_hour() -> None:
    hours = Counter(when.hour for when in spread(Random(1), 2400, START, START + timedelta(days=1), STEADY))

    assert hours == dict.fromkeys(range(24), 100)


def test_a_busy_hour_has_its_share() -> None:
    hours = Counter(when.hour for when in spread(Random(1), 24000, START, START + timedelta(days=1), OFFICE_HOURS))

    assert abs(hours[9] / hours[2] - OFFICE_HOURS[9] / OFFICE_HOURS[2]) < 0.1
