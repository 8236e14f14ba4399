"""Incidents made of signals: look after look, a minute apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from include.incidents import Incident
from include.watch.follow import follow
from include.watch.signals import Signal

START = datetime(2026, 3, 1, tzinfo=UTC)
LAG = Signal("lag/all", "warning", "lag: WARN", "group all", "the backlog grows", "see why", because=("kafka", "stream/all"))
KAFKA = Signal("kafka", "critical", "Kafka does not answer", "Kafka", "no answer", "start it")


def looks(*seen: list[Signal], known: tuple[Incident, ...] = (), blind: tuple[str, ...] = ()) -> list[list[tuple[str, str]]]:
    """After each look, one a minute: id and state of each incident that is not closed, and of those that it closed. `blind`: what looks
    that see Kafka away say nothing of."""
    incidents, told = list(known), []
    for minute, signals in enumerate(seen):
        unknown = blind if KAFKA in signals else ()
        for before, after in follow(incidents, signals, START + timedelta(minutes=minute), unknown):
            if before is not None:
                incidents.remove(before)
            if after is not None:
                incidents.append(after)
        told.append(sorted((each.incident_id, _state(each)) for each in incidents))
    return told


def _state(incident: Incident) -> str:
    return "closed" if incident.closed_at else "open" if incident.opened_at else "suspected"


def test_a_cause_that_persists_opens_an_incident_and_closes_it_when_it_has_passed() -> None:
    suspected, is_open, closed = [("lag/all", "suspected")], [("lag/all", "open")], [("lag/all", "closed")]
    assert looks([LAG], [LAG], [LAG], [], [], []) == [suspected, is_open, is_open, is_open, closed, closed]


def test_what_passes_at_once_opens_none() -> None:
    assert looks([LAG], [], [], [LAG]) == [[("lag/all", "suspected")], [("lag/all", "suspected")], [], [("lag/all", "suspected")]]


def test_one_that_was_not_seen_once_goes_on() -> None:
    assert looks([LAG], [LAG], [], [LAG])[-1] == [("lag/all", "open")]


def test_a_cause_that_comes_back_is_another_incident() -> None:
    assert looks([LAG], [LAG], [], [], [LAG], [LAG])[-1] == [("lag/all", "closed"), ("lag/all", "open")]


def test_a_consequence_opens_none_while_its_cause_is_there() -> None:
    assert looks([LAG, KAFKA], [LAG, KAFKA], [LAG, KAFKA])[-1] == [("kafka", "open")]
    assert looks([LAG], [LAG, KAFKA], [LAG, KAFKA])[-1] == [("kafka", "open")]
    assert looks([LAG, KAFKA], [LAG, KAFKA], [LAG], [LAG], [LAG], [LAG])[-1] == [("kafka", "closed"), ("lag/all", "open")]


def test_what_only_several_causes_together_explain_is_news_where_one_of_them_is_not_there() -> None:
    none = replace(LAG, because=(), because_all=())
    both = replace(none, because_all=("parked/clicks", "parked/views"))
    clicks, views = (Incident(f"parked/{feed}", "critical", "c", "w", "w", "f", opened_at=START) for feed in ("clicks", "views"))
    assert ("lag/all", "open") not in looks([both], [both], known=(clicks, views))[-1]
    assert ("lag/all", "open") in looks([both], [both], known=(clicks,))[-1]
    assert ("lag/all", "open") in looks([none], [none], known=(clicks, views))[-1]


def test_a_consequence_that_was_told_already_stays_open() -> None:
    assert looks([LAG], [LAG], [LAG, KAFKA], [LAG, KAFKA], [LAG, KAFKA], [LAG, KAFKA])[-1] == [("kafka", "open"), ("lag/all", "open")]


def test_an_incident_that_a_look_says_nothing_of_stays_as_it_is() -> None:
    away = [KAFKA]
    assert looks([LAG], [LAG], away, away, away, away, blind=("lag",))[-1] == [("kafka", "open"), ("lag/all", "open")]
    assert looks([LAG], [LAG], away, away, away, away)[-1] == [("kafka", "open"), ("lag/all", "closed")]


def test_a_cause_may_be_named_by_what_its_id_begins_with() -> None:
    parked = replace(LAG, incident_id="parked/clicks", because=("log-truncated/clicks",))
    declared = Incident("log-truncated/clicks/id", "critical", "c", "w", "w", "f", opened_at=START)
    assert looks([parked], [parked], known=(declared,))[-1] == [("log-truncated/clicks/id", "open")]
    another = replace(declared, incident_id="log-truncated/clicks_2/id")
    assert looks([parked], [parked], known=(another,))[-1][-1] == ("parked/clicks", "open")


def test_one_that_comes_back_while_it_is_muted_is_muted() -> None:
    until = START + timedelta(hours=8)
    closed = Incident("lag/all", "warning", "c", "w", "w", "f", START, START, first_seen_at=START, muted_until=until)
    ((_, after),) = follow([closed], [LAG], START + timedelta(minutes=9))
    assert after is not None
    assert after.muted_until == until


def test_what_a_stream_declared_explains_too_and_is_left_to_whoever_closes_it() -> None:
    declared = Incident("stream/all", "critical", "c", "w", "w", "f", opened_at=START)
    assert looks([LAG], [LAG], [LAG], known=(declared,))[-1] == [("stream/all", "open")]
    assert looks([], [], [], known=(declared,))[-1] == [("stream/all", "open")]


def test_an_open_incident_tells_what_was_seen_last() -> None:
    known = [Incident("lag/all", "warning", "lag: WARN", "group all", "old", "f", START, first_seen_at=START, seen_at=START)]
    worse = replace(LAG, severity="critical", what="new")
    ((_, after),) = follow(known, [worse], START + timedelta(minutes=9))
    assert after is not None
    assert (after.severity, after.what, after.opened_at) == ("critical", "new", START)


def test_a_signal_may_ask_for_more_patience() -> None:
    patient = replace(LAG, persists=timedelta(minutes=2))
    assert looks([patient], [patient], [patient]) == [[("lag/all", "suspected")], [("lag/all", "suspected")], [("lag/all", "open")]]


def test_one_whose_cause_was_mailed_by_a_task_opens_as_one_that_was_mailed() -> None:
    known: list[Incident] = []
    for minute in range(3):
        ((_, after),) = follow(known, [replace(LAG, told=True)], START + timedelta(minutes=minute))
        assert after is not None
        known = [after]
    assert (after.opened_at, after.mailed_at, after.mailed_severity) == (
        START + timedelta(minutes=1),
        START + timedelta(minutes=1),
        "warning",
    )
