"""Options of `headwater produce`: what they mean, and what is said of those that mean nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from include.errors import SettingsError
from local.commands.produce import duration_seconds, span


def day(number: int, hour: int = 0) -> datetime:
    return datetime(2026, 1, number, hour, tzinfo=UTC)


@pytest.mark.parametrize(("text", "seconds"), [("30", 30), ("30s", 30), ("5m", 300), ("2h", 7200), ("1d", 86400), ("0.5h", 1800)])
def test_a_duration_is_seconds_or_has_its_unit(text: str, seconds: float) -> None:
    assert duration_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "0s", "-5", "5 minutes", "1w", "m", "nan"])
def test_what_is_no_duration_is_refused_with_its_value(text: str) -> None:
    with pytest.raises(SettingsError, match=r"--duration.*30s, 5m, 2h") as raised:
        duration_seconds(text)
    assert raised.value.value == text


@pytest.mark.parametrize(
    ("start", "end", "seconds", "expected"),
    [
        ("2026-01-01", "2026-01-31", None, (day(1), datetime(2026, 2, 1, tzinfo=UTC))),
        ("2026-01-01", "2026-01-01", None, (day(1), day(2))),
        ("2026-01-01T06:00", "2026-01-01T12:00:00", None, (day(1, 6), day(1, 12))),
        ("2026-01-01T06:00+02:00", "2026-01-02", None, (day(1, 4), day(3))),
        ("2026-01-01", None, 7200.0, (day(1), day(1, 2))),
        (None, None, 30.0, (None, None)),
    ],
)
def test_a_day_as_the_end_belongs_to_the_span_and_a_time_does_not(
    start: str | None, end: str | None, seconds: float | None, expected: tuple[datetime | None, datetime | None]
) -> None:
    assert span(start, end, seconds) == expected


@pytest.mark.parametrize(("start", "end"), [("9999-12-31T10:00", "9999-12-31T11:00"), ("0001-01-01", "0001-01-01")])
def test_a_span_at_the_ends_of_time_is_refused(start: str, end: str) -> None:
    with pytest.raises(SettingsError, match=r"years that there are.*--from, --to.*days after 0002-01-01 and before 9999-12-31"):
        span(start, end, None)


def test_without_an_end_a_span_reaches_to_now() -> None:
    before = datetime.now(UTC)
    first, until = span("2026-01-01", None, None)
    assert first == day(1)
    assert until is not None
    assert before <= until <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("start", "end", "seconds", "names"),
    [
        ("2026-02-30", None, None, "--from.*2026-02-30"),
        ("2026-01-01", "tomorrow", None, "--to.*tomorrow"),
        (None, "2026-01-01", None, "--to.*give --from"),
        ("2026-01-02", "2026-01-01", None, "--from, --to.*2026-01-02 to 2026-01-01"),
        ("2026-01-01", "2026-01-02", 5.0, "--to, --duration"),
        ("2026-01-01", "9999-12-31", None, "--to"),
        ("9000-01-01", None, None, "--from.*9000-01-01 to now"),
    ],
)
def test_a_span_that_is_none_is_refused_with_its_options(start: str | None, end: str | None, seconds: float | None, names: str) -> None:
    with pytest.raises(SettingsError, match=names):
        span(start, end, seconds)
