"""What the last hour was like, of the feeds that an incident is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from include.watch.lag_samples import LagSample
from include.watch.lag_state import State
from include.watch.trend import feeds_of, last_look, trend

AT = datetime(2026, 3, 1, 12, 3, tzinfo=UTC)
GROUPS: dict[str, Any] = {"one": [SimpleNamespace(feed="clicks"), SimpleNamespace(feed="views")], "two": [SimpleNamespace(feed="metrics")]}


def sample(minutes: int, unread: int, feed: str = "clicks", partition: int = 0, state: State = "OK", runway: float = 5.0) -> LagSample:
    at = AT + timedelta(minutes=minutes)
    return LagSample(feed, "id", partition, at, 0, unread, 0, unread, float(unread), arrived=7, runway_hours=runway, state=state)


@pytest.mark.parametrize(
    ("incident", "feeds"),
    [
        ("lag/one", {"clicks", "views"}),
        ("parked/views", {"views"}),
        ("kafka", {"clicks", "views", "metrics"}),
        ("lag/gone", set()),
        ("disk", set()),
        ("quarantine/clicks", set()),
    ],
)
def test_an_incident_is_about_the_feeds_that_its_id_names(incident: str, feeds: set[str]) -> None:
    assert feeds_of(incident, GROUPS) == feeds


def test_unread_records_of_a_look_are_summed_and_of_five_minutes_the_most_counts() -> None:
    samples = [sample(0, 3), sample(0, 4, partition=1), sample(1, 1), sample(2, 9), sample(2, 90, feed="metrics")]
    found = trend("lag/one", samples, {"clicks", "views"})
    assert found is not None
    assert found.points == ((AT.replace(minute=0), 7.0), (AT.replace(minute=5), 9.0))


def test_of_a_runway_the_shortest_counts_and_of_freshness_what_came() -> None:
    samples = [sample(0, 3, runway=5.0), sample(1, 3, runway=2.0), sample(1, 0, runway=0.1, partition=1)]
    runway, fresh = (trend(kind, samples, {"clicks"}) for kind in ("runway/one", "freshness/one"))
    assert runway is not None
    assert fresh is not None
    assert ([value for _, value in runway.points], [value for _, value in fresh.points]) == ([2.0], [14.0])


@pytest.mark.parametrize("incident", ["disk", "lag/one"])
def test_where_there_is_no_figure_or_no_sample_nothing_is_drawn(incident: str) -> None:
    assert trend(incident, [sample(0, 3)], set()) is None


def test_a_feed_is_as_the_last_look_saw_all_its_partitions() -> None:
    (now,) = last_look([sample(0, 99), sample(1, 3, state="STALL"), sample(1, 4, partition=1, runway=2.0)], {"clicks"})
    assert (now.unread, now.waited_seconds, now.runway_hours, now.state) == (7, 4.0, 2.0, "STALL")
