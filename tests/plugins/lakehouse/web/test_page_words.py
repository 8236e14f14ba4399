"""What the page makes of addresses, clocks and tables before it draws anything, and how long it waits for an answer."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.plugins.lakehouse.web.scripts import run

TODAY = datetime.now(UTC).date()
YESTERDAY, BEFORE = (str(TODAY - timedelta(days=days)) for days in (1, 2))
NOON = datetime.now(UTC).replace(microsecond=0)


def test_whatever_an_address_says_a_dashboard_has_a_span() -> None:
    odd = ["-271821-04-20", "+275760-09-13", "0001-01-01", "10000-01-01", "never", "", None]
    script = """const ends = odd.map((to) => span.asked({ to, hours: "many" }, []));
    return ends.map(({ hours, to }) => [hours, span.spanOf(hours, to).to > "2026"]);"""
    assert run(script, "span", odd=odd) == [[168, True]] * len(odd)


def test_a_day_that_is_picked_is_shown_whole_and_one_that_is_none_is_left_out() -> None:
    script = """const end = span.endOf("2026-03-01");
    return [span.spanOf(24, span.asked({ to: end }, []).to), span.endOf("275760-09-12"), span.endOf("")];"""
    whole = {"from": "2026-03-01T00:00:00.000Z", "to": "2026-03-02T00:00:00.000Z"}
    assert run(script, "span") == [whole, None, None]


def test_an_age_goes_by_the_servers_clock() -> None:
    at = datetime.now(UTC) + timedelta(hours=3)
    script = """const ages = [words.secondsSince(at)];
    words.hearClock(new Date(Date.parse(at) + 60000).toUTCString());
    ages.push(words.secondsSince(at));
    words.hearClock(null);
    ages.push(words.secondsSince(at));
    words.hearClock(new Date(Date.now() + 1000).toUTCString()); // an answer takes time, and says whole seconds
    return [...ages, words.now() - Date.now()];"""
    off, near, kept, apart = run(script, "words", at=at.isoformat())
    assert off < -10_000
    assert [near, kept] == pytest.approx([60, 60], abs=5)
    assert apart == 0


def test_a_server_that_takes_a_question_and_says_nothing_is_told_and_one_that_is_left_alone_is_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        script = """const leave = new AbortController();
        const asked = [ui.ask("x", { patience: 0.3 }), ui.ask("x", { signal: leave.signal })];
        leave.abort();
        return (await Promise.allSettled(asked)).map(({ reason }) => [reason.name, reason.message]);"""
        told, left = run(script, "ui", here=f"http://127.0.0.1:{silent.getsockname()[1]}/")
    assert told == ["Error", "The server has said nothing for 0.3 s."]
    assert left[0] == "AbortError"


def table(address: str, *sources: str, **more: Any) -> dict[str, Any]:
    empty = {"rows": 1, "newest_day": None, "newest_over_day": None, "newest_event_at": None}
    return {"address": address, "sources": sources, **empty, **more}


def days(newest: str, over: str | None = None) -> dict[str, Any]:
    return {"newest_day": newest, "newest_over_day": over or newest}


LONG_AGO = "2026-03-01"
BUILT = {
    "has what its source has": (days(LONG_AGO), days(LONG_AGO), "built"),
    "has a newer day than its source": (days(LONG_AGO), days(BEFORE), "built"),
    "lacks a day that is over": (days(BEFORE), days(LONG_AGO), "behind"),
    "lacks today": (days(str(TODAY), LONG_AGO), days(LONG_AGO), "built"),
    "has no days": (days(LONG_AGO), {}, "built"),
    "has no rows": (days(LONG_AGO), {"rows": 0}, "empty"),
}


def test_a_table_that_lacks_a_day_that_its_source_has_is_behind() -> None:
    tables = [[table("silver.a", **source), table("gold.a", "silver.a", **own)] for source, own, _ in BUILT.values()]
    found = run("return tables.map((each) => stages.built(each[1], each)[0])", "stages", tables=tables)
    assert dict(zip(BUILT, found, strict=True)) == {which: expected for which, (_, _, expected) in BUILT.items()}


def test_a_day_that_has_just_ended_is_due_until_its_run_had_time() -> None:
    pair = [table("silver.a", **days(YESTERDAY)), table("gold.a", "silver.a", **days(BEFORE))]
    script = """const at = (hours) => words.hearClock(new Date(Date.parse(today) + hours * 3600000).toUTCString());
    return [5, 7].map((hours) => { at(hours); return stages.built(pair[1], pair)[0]; });"""
    assert run(script, "stages", "words", pair=pair, today=str(TODAY)) == ["due", "behind"]


LIVE = {
    "has what bronze has": (60, "", "in step"),
    "is behind by no more than a window and what is allowed": (300 + 60 + 300, "", "in step"),
    "is behind": (300 + 60 + 301, "", "behind"),
    "is parked": (0, "it cannot be written", "parked"),
    "has no window": (None, "", "empty"),
}


def test_a_live_table_is_held_against_bronze_and_its_drivers_word() -> None:
    bronze = table("bronze.f", newest_event_at=NOON.isoformat())
    cases = [
        [
            table("live.a_5m", "bronze.f", newest_event_at=None if behind is None else (NOON - timedelta(seconds=behind)).isoformat()),
            {"live": {"a_5m": {"last_error": error}}},
        ]
        for behind, error, _ in LIVE.values()
    ]
    script = "return cases.map(([own, stream]) => stages.live(own, [bronze, own], [feed], [stream])[0])"
    found = run(script, "stages", bronze=bronze, cases=cases, feed={"feed": "f", "sla": {"freshness_seconds": 60}})
    assert dict(zip(LIVE, found, strict=True)) == {which: expected for which, (_, _, expected) in LIVE.items()}
