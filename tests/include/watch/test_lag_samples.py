"""Samples of the lag: kept, read back for a window, and what is computed of two of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from include.delta_log import open_table
from include.settings import LakeSettings
from include.watch import lag_samples
from include.watch.lag_samples import LAG, LagSample, put, runway, since, tidy
from include.watch.peek import Peek

AT = datetime(2026, 3, 1, 23, 58, tzinfo=UTC)
SAMPLE = LagSample("clicks", "id", 0, AT, 0, 1000, 900, 100, 30.0)
KB = Peek(AT, 1000.0)


def later(minutes: int) -> LagSample:
    return replace(SAMPLE, sampled_at=AT + timedelta(minutes=minutes))


def test_without_a_table_there_is_no_sample(lake: LakeSettings) -> None:
    put(lake, [])
    tidy(lake, AT.date())
    assert (since(lake, AT), open_table(lake, LAG)) == ([], None)


def test_a_window_is_read_back_in_order_over_midnight(lake: LakeSettings) -> None:
    for minutes in (4, 0, 2):
        put(lake, [later(minutes)])
    assert since(lake, AT + timedelta(minutes=1)) == [later(2), later(4)]


def test_small_files_of_a_day_become_one(lake: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lag_samples, "MANY_FILES", 3)
    written = [replace(SAMPLE, sampled_at=AT + timedelta(seconds=second)) for second in range(4)]
    for sample in written:
        put(lake, [sample])
        tidy(lake, AT.date())
    table = open_table(lake, LAG)
    assert table is not None
    assert len(table.file_uris()) == 1
    assert since(lake, AT) == written


def test_what_is_older_than_a_month_goes(lake: LakeSettings) -> None:
    for days in (0, 30, 31):
        put(lake, [later(days * 24 * 60)])
        tidy(lake, later(days * 24 * 60).event_date)
    assert [sample.sampled_at for sample in since(lake, AT)] == [AT + timedelta(days=30), AT + timedelta(days=31)]


@pytest.mark.parametrize(
    ("config", "rate", "peeked", "hours"),
    [
        ({"retention.ms": "3600000"}, 1.0, KB, 1 - 30 / 3600),
        ({"retention.ms": "3600000"}, None, None, 1 - 30 / 3600),
        ({"retention.ms": "1000"}, 1.0, KB, 0.0),  # it may be gone at any moment
        ({"retention.ms": "-1", "retention.bytes": "460000"}, 0.1, KB, 1.0),
        ({"retention.bytes": "460000"}, 0.0, KB, None),  # nothing comes
        ({"retention.bytes": "460000"}, None, KB, None),  # too early to say
        ({"retention.bytes": "99000"}, None, KB, 0.0),  # more is unread than is kept
        ({"retention.bytes": "460000", "retention.ms": "1800000"}, 0.1, KB, 0.5 - 30 / 3600),
        ({"retention.ms": "-1", "retention.bytes": "-1"}, 1.0, KB, None),
    ],
)
def test_the_runway_ends_where_retention_reaches_the_first_unread_record(
    config: dict[str, str], rate: float | None, peeked: Peek | None, hours: float | None
) -> None:
    found = runway(SAMPLE, rate, peeked, config)
    assert found == (None if hours is None else pytest.approx(hours))
