"""Training: what is learned, kept and served, and what is not."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zlib import crc32

import pytest
from deltalake import DeltaTable
from pyspark.ml.classification import GBTClassificationModel
from pyspark.ml.feature import VectorAssembler
from pyspark.ml.functions import vector_to_array
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from include import models
from include.delta_log import version
from include.errors import NothingToLearn
from include.lineage import build
from include.lineage.telling import Teller
from include.settings import LakeSettings
from jobs.common.habitability_model import NAME, HabitabilityModel, features
from jobs.common.tables import read_table, write_day
from jobs.ml import model_runs
from jobs.ml.train_habitability import SOURCE, is_good_enough, train_habitability
from jobs.produce.planets import discoveries
from tests.jobs.bronze_rows import DAY, NOON
from tests.jobs.rows import rows
from tests.jobs.silver_rows import PLANETS, silver

pytestmark = pytest.mark.batch


def planets(count: int, seed: int = 1, **always: Any) -> list[dict[str, Any]]:
    """So many different planets, as their generator makes them, with fields missing."""
    found = {str(planet["Name"]): planet | always for _, planet in discoveries(Random(seed), [NOON] * 2 * count)}
    return list(found.values())[:count]


def land(spark: SparkSession, lake: LakeSettings, found: list[dict[str, Any]], day: date = DAY) -> None:
    when = NOON + (day - DAY)
    write_day(silver(spark, PLANETS, *[{**planet, "event_time": when} for planet in found]), len(found), lake, SOURCE, day)


def runs(lake: LakeSettings) -> list[dict[str, Any]]:
    return DeltaTable(lake.table_uri(model_runs.ADDRESS)).to_pyarrow_table().to_pylist()


def test_a_model_is_learned_kept_served_and_told_of_and_a_rerun_adds_nothing(
    spark: SparkSession, lake: LakeSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    to = Teller({"HEADWATER_LOG_DIR": str(tmp_path / "logs")})
    monkeypatch.setattr(build, "teller", lambda: to)
    land(spark, lake, planets(600))
    run = train_habitability(spark, 42, "first", lake=lake)
    again = train_habitability(spark, 42, "second", lake=lake)
    assert again == run
    assert runs(lake) == [run]
    assert (run["serves"], run["compared_version"], run["delta_version"], run["run_id"]) == (True, None, version(lake, SOURCE), "first")
    assert run["training_rows"] + run["held_out_rows"] == 600
    assert run["auc"] > 0.9
    _is_told(lake, tmp_path / "logs" / "lineage", run)

    kept = models.load(lake, NAME, run["model_version"])
    assert {name: kept[name] for name in ("precision", "recall", "f1", "auc", "delta_version", "seed")} == {
        name: run[name] for name in ("precision", "recall", "f1", "auc", "delta_version", "seed")
    }
    serving = HabitabilityModel.serving(lake)
    assert serving is not None
    assert serving.version == run["model_version"]
    _is_as_spark_ml_scores(spark, lake, serving)
    _comes_out_the_same_once_forgotten(spark, lake, run)


def _is_told(lake: LakeSettings, folder: Path, run: dict[str, Any]) -> None:
    """One run of the training that learned, and none of the one that did not."""
    (file,) = folder.iterdir()
    began, ended = map(json.loads, file.read_text().splitlines())
    assert (began["eventType"], ended["eventType"], ended["job"]["name"]) == ("START", "COMPLETE", "train.habitability")
    (read,), (written,) = ended["inputs"], ended["outputs"]
    assert read["facets"]["version"]["datasetVersion"] == str(run["delta_version"])
    assert read["inputFacets"]["inputStatistics"]["rowCount"] == 600
    assert written["facets"]["version"]["datasetVersion"] == str(version(lake, model_runs.ADDRESS))
    assert written["outputFacets"]["outputStatistics"]["rowCount"] == 1


def _is_as_spark_ml_scores(spark: SparkSession, lake: LakeSettings, model: HabitabilityModel) -> None:
    theirs = GBTClassificationModel.load(f"{models.folder_uri(lake, NAME, model.version)}/spark")
    asked = {f"f{number}": F.expr(sql) for number, sql in enumerate(features(model.medians))}
    found = read_table(spark, lake, SOURCE).withColumns({**asked, "ours": model.probability()})
    scored = theirs.transform(VectorAssembler(inputCols=list(asked), outputCol="features").transform(found))
    off = F.abs(F.col("ours") - vector_to_array("probability")[1])
    assert rows(scored.agg(F.max(off) < 1e-12, F.count("ours"))) == [(True, 600)]


def _comes_out_the_same_once_forgotten(spark: SparkSession, lake: LakeSettings, run: dict[str, Any]) -> None:
    """A run that died after its model served, before its row was written; another machine has other partitions, too."""
    before = HabitabilityModel.serving(lake)
    DeltaTable(lake.table_uri(model_runs.ADDRESS)).delete()
    spark.conf.set("spark.sql.shuffle.partitions", "7")
    try:
        found = train_habitability(spark, 42, "first", lake=lake)
    finally:
        spark.conf.set("spark.sql.shuffle.partitions", "2")
    assert {**found, "trained_at": None, "event_date": None} == {**run, "trained_at": None, "event_date": None}
    assert HabitabilityModel.serving(lake) == before


def test_a_worse_model_is_recorded_and_does_not_serve_and_a_better_one_does(spark: SparkSession, lake: LakeSettings) -> None:
    learned = planets(400)
    land(spark, lake, learned)
    good = train_habitability(spark, 42, "good", lake=lake)
    random = Random(3)
    noise = [planet if crc32(planet["Name"].encode()) % 5 == 0 else {**planet, "Colonisable": random.randint(0, 1)} for planet in learned]
    land(spark, lake, noise)
    bad = train_habitability(spark, 42, "bad", lake=lake)
    assert (bad["serves"], bad["compared_version"], bad["compared_auc"]) == (False, good["model_version"], good["auc"])
    assert bad["auc"] < good["auc"] - 0.02
    land(spark, lake, [*learned, *planets(100, seed=2)])
    better = train_habitability(spark, 42, "better", lake=lake)
    assert (better["serves"], better["compared_version"]) == (True, good["model_version"])
    assert better["compared_auc"] != good["auc"]  # of the rows that are held out now
    serving = models.serving(lake, NAME)
    assert serving is not None
    assert serving.version == better["model_version"]
    assert sorted(run["run_id"] for run in runs(lake)) == ["bad", "better", "good"]


@pytest.mark.parametrize(("auc", "good_enough"), [(0.95, True), (0.93, True), (0.9299, False), (0.97, True)])
def test_a_model_serves_if_it_is_worse_by_no_more_than_two_hundredths(auc: float, good_enough: bool) -> None:
    assert is_good_enough(auc, 0.95) is good_enough


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (planets(99), "too few labelled planets.*value: 99"),
        ([*planets(99), *planets(50, seed=2, Colonisable=None)], "too few labelled planets.*value: 99"),
        (planets(150, Colonisable=1), "the labelled planets are all of one class"),
    ],
    ids=["99", "99 and some without a label", "one class"],
)
def test_too_little_to_learn_from_is_said_and_nothing_is_written(
    spark: SparkSession, lake: LakeSettings, found: list[dict[str, Any]], reason: str
) -> None:
    land(spark, lake, found)
    with pytest.raises(NothingToLearn, match=reason):
        train_habitability(spark, 42, "run", lake=lake)
    assert (version(lake, model_runs.ADDRESS), models.serving(lake, NAME)) == (None, None)


def test_held_out_planets_of_one_class_cannot_judge(spark: SparkSession, lake: LakeSettings) -> None:
    found = [planet if crc32(planet["Name"].encode()) % 5 else {**planet, "Colonisable": 1} for planet in planets(150)]
    land(spark, lake, found)
    with pytest.raises(NothingToLearn, match="the held-out planets are all of one class"):
        train_habitability(spark, 42, "run", lake=lake)


def test_before_the_first_planet_there_is_nothing_to_learn(spark: SparkSession, lake: LakeSettings) -> None:
    with pytest.raises(NothingToLearn, match="no planets yet"):
        train_habitability(spark, 42, "run", lake=lake)


def test_a_field_that_no_planet_has_is_no_obstacle(spark: SparkSession, lake: LakeSettings) -> None:
    land(spark, lake, planets(200, Gravity=None), DAY + timedelta(days=1))
    assert train_habitability(spark, 7, "run", lake=lake)["auc"] > 0.6
