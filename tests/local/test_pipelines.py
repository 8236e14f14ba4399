"""Names that `headwater run` knows, and what it hands to the DAG."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from include.catalog import GOLD
from include.errors import SettingsError
from local.pipelines import conf_for, dags_for

DAGS = [*(f"daily_{system}" for system in GOLD), "streams", "topics", "train_habitability"]
DAY_FORM = {"day": {"type": ["null", "string"], "format": "date"}}
TRAIN_FORM = {"seed": {"type": "integer"}}
DAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("name", "dags"),
    [
        ("commerce", ["daily_commerce"]),
        ("daily_commerce", ["daily_commerce"]),
        ("planets", ["daily_planets"]),
        ("product_sales", ["daily_commerce"]),
        ("gold.traffic_5m", ["daily_smart_city"]),
        ("train", ["train_habitability"]),
        ("model_runs", ["train_habitability"]),
        ("topics", ["topics"]),
        ("all", [f"daily_{system}" for system in GOLD]),
    ],
)
def test_a_name_means_its_dags(name: str, dags: list[str]) -> None:
    assert dags_for(name, DAGS) == dags


@pytest.mark.parametrize("name", ["weather", "silver.orders", "daily_weather", ""])
def test_an_unknown_name_lists_the_known_ones(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        dags_for(name, DAGS)
    assert caught.value.value == name
    assert all(known in caught.value.fix for known in ("all", "stream", "train", "smart_city", "product_sales", "daily_commerce"))


@pytest.mark.parametrize(
    ("form", "day", "given", "conf"),
    [
        (DAY_FORM, None, [], {}),
        (DAY_FORM, DAY, [], {"day": "2026-03-01"}),
        (DAY_FORM, None, ["day=2026-03-02"], {"day": "2026-03-02"}),
        (TRAIN_FORM, None, ["seed=7"], {"seed": 7}),
        (TRAIN_FORM, None, ["seed=x"], {"seed": "x"}),  # Airflow says what is wrong with it
        ({"note": {"type": "string"}}, None, ["note=7=8"], {"note": "7=8"}),
    ],
)
def test_conf_is_typed_as_the_form_asks(form: dict[str, Any], day: date | None, given: list[str], conf: dict[str, Any]) -> None:
    assert conf_for("dag", form, day, given) == conf


@pytest.mark.parametrize(
    ("form", "day", "given", "told"),
    [
        (TRAIN_FORM, DAY, [], "where: --day; value: 'day'; fix: its form has seed"),
        (DAY_FORM, None, ["seed=7"], "where: --conf; value: 'seed'; fix: its form has day"),
        ({}, None, ["seed=7"], "its form has no fields"),
        (DAY_FORM, None, ["seed"], "no key with a value.*value: 'seed'"),
    ],
)
def test_what_the_form_does_not_have_is_refused(form: dict[str, Any], day: date | None, given: list[str], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        conf_for("dag", form, day, given)
