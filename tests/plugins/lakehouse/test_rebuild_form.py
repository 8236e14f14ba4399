"""What the form of the DAG `rebuild` means, and what a preview of it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from deltalake import DeltaTable
from lakehouse.rebuild_form import days_asked
from lakehouse.rebuilding import asked, in_words

from include.days import DayAccount, record, refuse_past_retention
from include.errors import RebuildRefused, SettingsError
from include.rebuild_names import systems_named
from include.rebuild_preview import estimate, preview
from include.settings import LakeSettings
from tests.jobs.bronze_rows import DAY, NOON, append, bronze_rows
from tests.jobs.commerce import METRICS

EMPTY: dict[str, Any] = {"tables": [], "from_day": None, "to_day": None, "action": "preview", "rebuild_id": None, "force": False}
BUILT = DayAccount("metrics", DAY, 2, 2, 0, 0, 0, 0, NOON, "run")


@pytest.mark.parametrize(
    ("names", "systems"),
    [
        (["commerce"], ["commerce"]),
        (["gold.product_sales", "silver.orders", "commerce"], ["commerce"]),
        (["planets", "gold.traffic_5m"], ["planets", "smart_city"]),
        ([], []),
    ],
)
def test_a_table_means_its_system(names: list[str], systems: list[str]) -> None:
    assert systems_named(names) == systems


@pytest.mark.parametrize("name", ["gold.nothing", "bronze.metrics", "gold.model_runs"])
def test_what_no_day_is_built_of_is_refused_with_the_known_names(name: str) -> None:
    with pytest.raises(SettingsError, match=r"known: .*gold\.product_sales"):
        systems_named([name])


def test_days_are_the_newest_first_and_one_without_a_last() -> None:
    span = EMPTY | {"from_day": "2026-02-27", "to_day": "2026-03-01"}
    assert days_asked(span) == [date(2026, 3, 1), date(2026, 2, 28), date(2026, 2, 27)]
    assert days_asked(EMPTY | {"from_day": "2026-02-27"}) == [date(2026, 2, 27)]
    with pytest.raises(SettingsError, match="no range of days"):
        days_asked(EMPTY | {"from_day": "2026-03-02", "to_day": "2026-03-01"})


@pytest.mark.parametrize("action", ["preview", "apply", "undo"])
def test_a_last_day_without_a_first_is_refused_whatever_is_to_be_done(action: str) -> None:
    with pytest.raises(SettingsError, match="a last day means nothing without a first one"):
        asked(EMPTY | {"tables": ["commerce"], "to_day": "2026-03-01", "action": action, "rebuild_id": "20261120T093000-0a1b2c"})


def test_a_run_takes_no_more_pieces_than_airflow_maps_and_says_how_to_split_them() -> None:
    span = EMPTY | {"from_day": "2024-01-01", "to_day": "2026-09-20", "action": "apply"}
    assert len(asked(span | {"tables": ["commerce"]})) == 994
    with pytest.raises(SettingsError, match=r"at most 1000 pieces.*2 systems, 994 days each: 1,988'.* split it: at most 500 days a run"):
        asked(span | {"tables": ["commerce", "planets"]})


@pytest.mark.parametrize("given", [{}, {"tables": ["commerce"]}, {"from_day": "2026-03-01"}])
def test_a_rebuild_of_nothing_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="which tables, and which days"):
        asked(EMPTY | given)


def test_preview_says_whether_bronze_still_has_everything(lake: LakeSettings) -> None:
    append(lake, METRICS, bronze_rows([b"x", b"y"]))
    record(lake, DAY, [BUILT])
    (whole,) = preview(lake, "commerce", [METRICS], [DAY])
    DeltaTable(lake.table_uri(METRICS.bronze)).delete('"offset" = 0')
    (lacking,) = preview(lake, "commerce", [METRICS], [DAY])
    assert [(day.bronze_rows, day.missing, day.seconds) for day in (whole, lacking)] == [(2, {}, None), (1, {"metrics": 1}, None)]
    assert "bronze has everything" in in_words(whole)
    assert "metrics lacks 1 that silver was built from; refused unless forced" in in_words(lacking)


@pytest.mark.parametrize(("past", "seconds"), [([], None), ([(10, 4.0)], 4.0), ([(10, 4.0), (12, 5.0), (9, 6.0), (1000, 90.0)], 5.0)])
def test_estimate_is_of_the_days_that_are_nearest_in_rows(past: list[tuple[int, float]], seconds: float | None) -> None:
    assert estimate(past, 10) == seconds


def test_day_past_its_retention_is_not_built_from_what_is_left(lake: LakeSettings) -> None:
    append(lake, METRICS, bronze_rows([b"x"]))
    record(lake, DAY, [BUILT])
    refuse_past_retention(lake, [METRICS], DAY)  # nobody deletes from this one but by hand
    kept = replace(METRICS, sla=replace(METRICS.sla, retention_days=1))
    with pytest.raises(RebuildRefused, match="does not keep this day any longer"):
        refuse_past_retention(lake, [kept], DAY)
