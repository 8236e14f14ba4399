"""The model as one expression over a row."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pyspark.sql import SparkSession

from include import models
from include.errors import StoreError
from include.settings import LakeSettings
from jobs.common.habitability_model import FIELDS, NAME, HabitabilityModel
from tests.jobs.rows import rows
from tests.jobs.silver_rows import PLANETS, silver

MEDIANS = dict.fromkeys(FIELDS, 10.0)
GRAVITY, GRAVITY_IS_MISSING = FIELDS.index("Gravity"), len(FIELDS) + FIELDS.index("Gravity")


def model(*trees: Any, weights: list[float] | None = None) -> HabitabilityModel:
    return HabitabilityModel("v1", MEDIANS, weights or [1.0] * len(trees), trees)


def logistic(margin: float) -> float:
    return 1 / (1 + math.exp(-2 * margin))


@pytest.mark.parametrize(
    ("gravity", "margin"),
    [(1.0, -1.0), (1.5, -1.0), (1.6, 2.5), (None, 0.25)],
    ids=["below", "the threshold itself", "above", "missing"],
)
def test_a_tree_is_walked_to_its_leaf(spark: SparkSession, gravity: float | None, margin: float) -> None:
    tree = [GRAVITY_IS_MISSING, 0.5, [GRAVITY, 1.5, -1.0, 2.5], 0.25]
    (row,) = rows(silver(spark, PLANETS, {"Gravity": gravity}).select(model(tree).probability().alias("p")))
    assert row == (pytest.approx(logistic(margin), abs=1e-15),)


def test_a_missing_field_is_taken_for_its_median(spark: SparkSession) -> None:
    (row,) = rows(silver(spark, PLANETS, {}).select(model([GRAVITY, 9.9, -1.0, 1.0]).probability().alias("p")))
    assert row == (pytest.approx(logistic(1.0), abs=1e-15),)


def test_trees_are_weighed(spark: SparkSession) -> None:
    found = model(1.0, -0.5, 1e-7, weights=[1.0, 0.1, 0.1])
    (row,) = rows(silver(spark, PLANETS, {}).select(found.probability().alias("p")))
    assert row == (pytest.approx(logistic(1 - 0.05 + 1e-8), abs=1e-15),)


def test_a_threshold_without_end_is_no_error(spark: SparkSession) -> None:
    found = model([GRAVITY, math.inf, 0.0, 1.0])
    assert rows(silver(spark, PLANETS, {"Gravity": 1e308}).select(found.probability().alias("p"))) == [(0.5,)]


def test_a_model_comes_back_from_the_lake_as_it_was_put_there(lake: LakeSettings) -> None:
    before, kept = HabitabilityModel.serving(lake), model([GRAVITY, 0.1 + 0.2, -1.0, 1.0])
    models.keep(lake, NAME, "v1", {"scoring": kept.document()})
    models.serve(lake, NAME, "v1", None)
    found = HabitabilityModel.serving(lake)
    assert before is None
    assert found is not None
    assert found.document() == {**kept.document(), "trees": [[GRAVITY, 0.1 + 0.2, -1.0, 1.0]]}


def test_a_model_that_was_removed_is_told_with_its_place(lake: LakeSettings) -> None:
    models.serve(lake, NAME, "v9", None)
    with pytest.raises(StoreError, match=r"models/habitability.*v9.*serving\.json"):
        HabitabilityModel.serving(lake)
