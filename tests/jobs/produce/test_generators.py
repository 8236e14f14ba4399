"""Generated records: the same for the same seed, within their span, and true to their contracts."""

from __future__ import annotations

import json
import tracemalloc
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from include.contracts import Contract, load_contracts
from include.errors import SettingsError
from jobs.produce import episodes
from jobs.produce.feeds import SOURCES, records
from jobs.produce.record import Record
from tests.judged import END, START, generated, judged

CONTRACTS = load_contracts()
EACH = pytest.mark.parametrize("contract", CONTRACTS.feeds.values(), ids=CONTRACTS.feeds.keys())


def orders(seed: int, count: int = 400) -> list[dict]:
    return [json.loads(record.value, parse_float=Decimal) for record in generated(CONTRACTS["commandes_json"], seed=seed, count=count)]


def event_time(contract: Contract, record: Record) -> datetime:
    return datetime.fromisoformat(json.loads(record.value)["timestamp"]) if contract.event_time_field else record.timestamp


def test_every_generator_is_of_a_feed() -> None:
    assert SOURCES.keys() <= CONTRACTS.feeds.keys()


@EACH
def test_every_generated_record_passes_its_contract(contract: Contract, spark: SparkSession) -> None:
    assert judged(spark, contract.feed)["generated"].reasons == [[]] * 400


@EACH
def test_the_same_seed_gives_the_same_records(contract: Contract) -> None:
    assert generated(contract) == generated(contract)


@EACH
def test_another_seed_gives_other_records(contract: Contract) -> None:
    assert not {record.value for record in generated(contract, seed=1)} & {record.value for record in generated(contract, seed=2)}


@EACH
def test_times_lie_in_the_span_and_fill_it(contract: Contract) -> None:
    times = [event_time(contract, record) for record in generated(contract)]

    assert START <= min(times) < START + timedelta(hours=4)
    assert END - timedelta(hours=4) < max(times) < END


@EACH
def test_without_a_span_a_record_is_of_the_moment(contract: Contract) -> None:
    before = datetime.now(UTC)
    (record,) = records(contract, seed=1, count=1)

    assert before <= event_time(contract, record) <= datetime.now(UTC)


@EACH
def test_without_a_count_records_do_not_end(contract: Contract) -> None:
    assert len(list(islice(records(contract, seed=1, count=None), 500))) == 500


@EACH
def test_the_key_is_the_field_that_the_contract_names(contract: Contract) -> None:
    assert all(record.key == str(json.loads(record.value)[contract.key_field]).encode() for record in generated(contract))


@EACH
def test_only_a_feed_without_a_time_of_its_own_sets_the_records(contract: Contract) -> None:
    assert {record.timestamp is None for record in generated(contract)} == {contract.event_time_field is not None}


@settings(max_examples=25, deadline=None)
@given(seed=st.integers())
def test_orders_add_up_to_the_cent(seed: int) -> None:
    for order in orders(seed, count=40):
        lines = order["items"]
        assert all(line["subtotal"] == line["quantity"] * line["unit_price"] for line in lines)
        assert order["total"] == sum(line["subtotal"] for line in lines)


def test_a_later_state_of_an_order_changes_its_status_alone() -> None:
    states = defaultdict(list)
    for order in orders(seed=3):
        states[order["order_id"]].append(order)
    again = [found for found in states.values() if len(found) > 1]

    assert again
    assert all(state | {"status": ""} == found[0] | {"status": ""} for found in again for state in found)
    assert all(len({state["status"] for state in found}) == len(found) for found in again)


def test_planets_are_of_both_kinds() -> None:
    found = [json.loads(record.value)["Colonisable"] for record in generated(CONTRACTS["planet_discoveries"])]

    assert 0.1 < sum(found) / len(found) < 0.9


def test_roads_are_slower_in_a_monday_morning_than_at_night() -> None:
    monday = datetime(2026, 3, 16, tzinfo=UTC)
    speeds = defaultdict(list)
    for record in records(CONTRACTS["traffic_sensors"], seed=7, count=4000, start=monday, end=monday + timedelta(days=1)):
        reading = json.loads(record.value)
        speeds[datetime.fromisoformat(reading["timestamp"]).hour].append(reading["speed_kmh"])

    assert sum(speeds[8]) / len(speeds[8]) < 0.8 * sum(speeds[2]) / len(speeds[2])


def test_a_users_session_has_clicks_views_and_ratings_of_the_same_items() -> None:
    events = defaultdict(list)
    for feed in ("clicks", "views", "ratings"):
        for record in generated(CONTRACTS[feed], count=4000):
            event = json.loads(record.value)
            events[event["user_id"]].append((datetime.fromisoformat(event["timestamp"]), feed, event["item_id"]))
    sessions: list[list[tuple[datetime, str, int]]] = []
    for listed in map(sorted, events.values()):
        breaks = [place for place, (one, other) in enumerate(pairwise(listed), 1) if other[0] - one[0] > timedelta(minutes=30)]
        sessions += [listed[left:right] for left, right in pairwise([0, *breaks, len(listed)])]
    long = [session for session in sessions if len(session) > 8]

    assert len(long) > len(sessions) / 2
    assert sum(len({feed for _, feed, _ in session}) == 3 for session in long) > 0.95 * len(long)
    assert sum(len({item for *_, item in session}) for session in long) < 0.7 * sum(map(len, long))


def test_delays_build_up_in_the_rush_hour_and_melt_after_it() -> None:
    monday = datetime(2026, 3, 16, tzinfo=UTC)
    delays = defaultdict(list)
    for record in records(CONTRACTS["public_transport"], seed=7, count=8000, start=monday, end=monday + timedelta(days=1)):
        report = json.loads(record.value)
        delays[datetime.fromisoformat(report["timestamp"]).hour].append(report["delay_minutes"])
    mean = {hour: sum(found) / len(found) for hour, found in delays.items()}

    assert mean[5] < mean[6] < mean[7]
    assert mean[8] > mean[9] > mean[10]
    assert mean[17] > mean[3] + 3


def test_a_delay_depends_on_the_time_that_passes_and_not_on_how_often_it_is_told() -> None:
    monday = datetime(2026, 3, 16, tzinfo=UTC)
    means = []
    for count in (1000, 30000):
        made = records(CONTRACTS["public_transport"], seed=7, count=count, start=monday, end=monday + timedelta(days=1))
        found = [json.loads(record.value)["delay_minutes"] for record in made]
        means.append(sum(found) / len(found))

    assert abs(means[0] - means[1]) < 0.5


def test_some_planets_are_seen_again() -> None:
    names = Counter(json.loads(record.value)["Name"] for record in generated(CONTRACTS["planet_discoveries"], count=2000))

    assert 0.01 < sum(number - 1 for number in names.values()) / 2000 < 0.1


@EACH
def test_each_day_of_a_history_has_its_count(contract: Contract) -> None:
    first = datetime(2026, 2, 27, 12, tzinfo=UTC)
    made = list(records(contract, seed=1, daily=30, start=first, end=first + timedelta(days=2)))
    given = [record.timestamp or datetime.fromisoformat(json.loads(record.value)["timestamp"]) for record in made]

    assert len(made) == 90
    assert min(given) >= first
    if contract.feed != "commandes_json":  # a later state of an order keeps the order's time
        assert Counter(when.date() for when in given) == {first.date() + timedelta(days=day): 30 for day in range(3)}


@EACH
def test_a_long_history_takes_no_more_memory_than_a_short_one(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    # What walks keep is bounded, and a short history does not fill it: with less of it, both do.
    monkeypatch.setattr(episodes, "_normal", lru_cache(maxsize=1024)(episodes._normal.__wrapped__))

    def peak(days: int) -> int:
        tracemalloc.start()
        for _ in records(contract, seed=1, daily=150, start=START, end=START + timedelta(days=days)):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(1)  # what is made once in a process is no part of a history
    assert peak(20) < peak(5) + 150_000


def test_a_count_of_the_span_and_one_of_its_days_exclude_each_other() -> None:
    with pytest.raises(SettingsError, match="span"):
        records(CONTRACTS["clicks"], seed=1, count=10, daily=10, start=START, end=END)


@pytest.mark.parametrize(
    ("count", "start", "end"),
    [(10, END, START), (10, START, START), (10, START.replace(tzinfo=None), END.replace(tzinfo=None)), (None, START, END), (10, None, END)],
    ids=["backwards", "empty", "without an offset", "without a count", "without a start"],
)
def test_a_span_that_is_none_is_refused(count: int | None, start: datetime | None, end: datetime | None) -> None:
    with pytest.raises(SettingsError, match="span"):
        records(CONTRACTS["clicks"], seed=1, count=count, start=start, end=end)
