"""The form of a replay, and what is asked of the daily batch."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from airflow.sdk.exceptions import ParamValidationError
from lakehouse import replay
from lakehouse.replay import judge_again, replay_form
from lakehouse.run_days import day_param, requested_days

from include.contracts import Contract
from include.errors import SettingsError
from jobs.silver.replay import Line, Preview

FORM = {"feed": "metrics", "reasons": [], "from_day": None, "to_day": None, "action": "apply"}
DAYS, LOST = [date(2026, 3, 2), date(2026, 3, 5)], date(2026, 3, 1)


class Told:
    """A task instance, as far as it takes what is told."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.values[key] = value


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """What a preview tells: a row passes on two days, and on one of which bronze has lost rows, and four fail on another."""

    def found(_spark: object, feed: str, *, contract: Contract, **_asked: object) -> Preview:
        lines = [Line(day, ("maximum:cpu_pct",), (), "0.9.0", 1) for day in (*DAYS, LOST)]
        failing = Line(date(2026, 3, 9), ("required:server",), ("required:server",), "0.9.0", 4)
        return Preview(feed, contract.version, (*lines, failing), lost=frozenset({LOST}))

    told = Told()
    monkeypatch.setattr("jobs.silver.replay.preview", found)
    monkeypatch.setattr(replay, "get_current_context", lambda: {"ti": told})
    return told


def test_apply_asks_the_daily_batch_for_exactly_the_days_that_would_change(told: Told) -> None:
    (run,) = judge_again(None, FORM)  # type: ignore[arg-type]
    assert run == {"trigger_dag_id": "daily_commerce", "conf": {"only_days": ["2026-03-02", "2026-03-05"]}}
    assert requested_days(run["conf"], None, None, None) == DAYS  # type: ignore[arg-type]
    assert day_param()["only_days"].resolve(run["conf"]["only_days"]) == run["conf"]["only_days"]


def test_preview_asks_for_nothing_and_tells_the_same(told: Told) -> None:
    assert judge_again(None, FORM | {"action": "preview"}) == []  # type: ignore[arg-type]
    assert {name: told.values["preview"][name] for name in ("pass", "fail", "days", "lost")} == {
        "pass": 3,
        "fail": 4,
        "days": ["2026-03-02", "2026-03-05"],
        "lost": ["2026-03-01"],
    }


def test_run_takes_no_more_days_than_the_daily_batch_builds(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "MOST_DAYS", 1)
    (run,) = judge_again(None, FORM)  # type: ignore[arg-type]
    assert run["conf"] == {"only_days": ["2026-03-02"]}


def test_span_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(SettingsError, match="no span of days"):
        judge_again(None, FORM | {"from_day": "2026-03-02", "to_day": "2026-03-01"})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("feed", "weather"),
        ("reasons", ["; drop table"]),
        ("reasons", ["maximum"] * 51),
        ("from_day", "14.3.2026"),
        ("action", "delete"),
    ],
)
def test_form_refuses_what_is_none_of_its_values(field: str, value: object) -> None:
    with pytest.raises(ParamValidationError):
        replay_form()[field].resolve(value)


@pytest.mark.parametrize(
    ("field", "value"), [("reasons", ["maximum:items[].quantity", "rule"]), ("reasons", None), ("to_day", "2026-03-14")]
)
def test_form_takes_reasons_as_quarantine_has_them(field: str, value: object) -> None:
    assert replay_form()[field].resolve(value) == value
