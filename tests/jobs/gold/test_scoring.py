"""Scoring as part of a day's build: by what serves then, and in a table that is older than the model."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from include import models
from include.settings import LakeSettings
from jobs.common.habitability_model import FIELDS, NAME, HabitabilityModel
from jobs.common.tables import create, replace_day
from jobs.gold.planet_habitability import planet_habitability
from jobs.gold.run import build_gold
from jobs.silver.run import build_silver
from tests.jobs.bronze_rows import DAY, NOON, append, bronze_rows
from tests.jobs.examples import CONTRACTS, example
from tests.jobs.silver_rows import PLANETS, silver

pytestmark = pytest.mark.batch

NEXT = DAY + timedelta(days=1)
PLANET = CONTRACTS.of_system("planets")


def build(spark: SparkSession, lake: LakeSettings, day: date = DAY) -> None:
    build_silver(spark, "planets", day, lake=lake, contracts=PLANET)
    build_gold(spark, "planets", day, "run", lake=lake, contracts=PLANET)


def serve(lake: LakeSettings, version: str, margin: float) -> None:
    model = HabitabilityModel(version, dict.fromkeys(FIELDS, 0.0), [1.0], [margin])
    models.keep(lake, NAME, version, {"scoring": model.document()})
    assert models.serve(lake, NAME, version, models.serving(lake, NAME))


def scores(lake: LakeSettings, name: str) -> list[tuple[Any, ...]]:
    found = DeltaTable(lake.table_uri(f"gold.{name}")).to_pyarrow_table().to_pylist()
    return sorted((row["Name"], row["habitability_score"], row["predicted_probability"], row["model_version"]) for row in found)


def test_a_day_is_scored_by_the_model_that_serves_when_it_is_built(spark: SparkSession, lake: LakeSettings) -> None:
    append(lake, PLANET[0], bronze_rows([example(PLANET[0].feed, Name="Vulcan")]))
    seen = []
    for version, margin in ((None, 0.0), ("v1", 0.0), ("v1", 0.0), ("v2", 50.0)):
        if version and version not in str(seen):
            serve(lake, version, margin)
        build(spark, lake)
        assert scores(lake, "planets") == scores(lake, "planet_habitability")
        seen += [row[2:] for row in scores(lake, "planets")]
    assert seen == [(None, None), (0.5, "v1"), (0.5, "v1"), (1.0, "v2")]


@pytest.mark.parametrize(
    "first",
    [pytest.param(NEXT, marks=pytest.mark.thorough, id="a day with planets"), pytest.param(NEXT + timedelta(days=1), id="a day without")],
)
def test_a_table_from_before_the_model_is_read_and_grows(spark: SparkSession, lake: LakeSettings, first: date) -> None:
    before = planet_habitability(silver(spark, PLANETS, {"Name": "Vulcan"})).drop("predicted_probability", "model_version")
    create(lake, "gold.planet_habitability", before.schema)
    replace_day(before, lake, "gold.planet_habitability", DAY)
    serve(lake, "v1", 0.0)
    append(lake, PLANET[0], bronze_rows([{"Name": "Mars"}], event_time=NOON + timedelta(days=1)))
    for day in (first, NEXT):
        build(spark, lake, day)
    expected = [("Mars", 0, 0.5, "v1"), ("Vulcan", 0, None, None)]
    assert scores(lake, "planet_habitability") == expected
    assert scores(lake, "planets") == expected
