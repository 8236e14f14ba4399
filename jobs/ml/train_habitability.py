"""silver.planet_discoveries → a model of Colonisable on the lake, and its row in gold.model_runs.

    python jobs/ml/train_habitability.py --seed 42

through the Spark Connect server that SPARK_REMOTE names, or by spark-submit where there is none. A model serves, that is, the daily
batch scores planets with it, if it is not much worse than the one that serves: both are judged on the planets that neither
has ever learned from.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyspark
from pyspark.sql import DataFrame, SparkSession

from include import models
from include.delta_log import open_table, row_count, rows_by_day
from include.errors import NothingToLearn
from include.lineage.build import Read, told_build
from include.settings import LakeSettings
from jobs.common import habitability_model
from jobs.common.habitability_model import FEATURES, NAME, HabitabilityModel
from jobs.common.session import sized_for, spark_session
from jobs.common.tables import read_table
from jobs.ml import boosted_trees, labelled, metrics, model_runs
from jobs.ml.metrics import Metrics, measure

log = logging.getLogger(__name__)

SOURCE, LABEL = "silver.planet_discoveries", "Colonisable"
LEAST_PLANETS = 100
WORSE_BY_AT_MOST = 0.02
_LEARNED_BY = (boosted_trees, labelled, metrics, habitability_model)


def train_habitability(spark: SparkSession, seed: int, run_id: str, *, lake: LakeSettings | None = None) -> dict[str, Any]:
    """The run's row of gold.model_runs. Learns from the newest version of the source; a rerun on that version and seed, with the same
    code and parameters, gives the same model_version and metrics, and adds nothing.

    Raises NothingToLearn, before anything is written, with fewer than 100 labelled planets or with one class only.
    """
    lake = lake or LakeSettings.from_environment()
    made_from = _made_from(lake, seed)
    version = _version(made_from)
    if known := model_runs.find(lake, version):
        log.info("%s was learned before from the same rows with the same seed: nothing to do", version)
        return known
    with sized_for(spark, row_count(lake, SOURCE)):
        planets = labelled.labelled_planets(read_table(spark, lake, SOURCE, made_from["delta_version"])).persist()
        try:
            about = {"model_version": version, **made_from, **_count(planets)}
            with told_build(lake, f"train.{NAME}", datetime.now(UTC).date(), run_id, partial(_read, lake, made_from), [model_runs.ADDRESS]):
                return _train(spark, lake, planets, about, run_id)
        finally:
            planets.unpersist()


def _read(lake: LakeSettings, made_from: dict[str, Any]) -> list[Read]:
    return [Read(SOURCE, at := made_from["delta_version"], sum(rows_by_day(lake, SOURCE, at).values()))]


def _train(spark: SparkSession, lake: LakeSettings, planets: DataFrame, about: dict[str, Any], run_id: str) -> dict[str, Any]:
    version = about["model_version"]
    training, held_out = planets.where("NOT _held_out"), planets.where("_held_out")
    model = _learn(spark, lake, training, version, about["seed"])
    found = measure(held_out, LABEL, model.probability())
    about = {**about, **asdict(found)}
    models.keep(lake, NAME, version, {**about, "table": SOURCE, "label": LABEL, "features": FEATURES, "scoring": model.document()})
    outcome = _serve_if_good_enough(lake, held_out, version, found)
    now = datetime.now(UTC)
    run = {**about, **outcome, "event_date": now.date(), "trained_at": now, "run_id": run_id}
    model_runs.record(spark, lake, {**run, "parameters": json.dumps(run["parameters"], sort_keys=True)})
    return model_runs.find(lake, version) or run


def _made_from(lake: LakeSettings, seed: int) -> dict[str, Any]:
    """All that the model depends on. The code counts with each of its letters: a needless new version costs a row, a missed one a doubt."""
    table = open_table(lake, SOURCE)
    if table is None:
        raise NothingToLearn("there are no planets yet", where=SOURCE, fix="run daily_planets")
    sources = b"".join(Path(str(module.__file__)).read_bytes() for module in _LEARNED_BY)
    return {
        "delta_version": table.version(),
        "delta_table_id": str(table.metadata().id),
        "seed": seed,
        "parameters": dict(boosted_trees.PARAMETERS),
        "code_version": f"{hashlib.sha256(sources).hexdigest()[:12]}, Spark {pyspark.__version__}",
    }


def _version(made_from: dict[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()
    return f"v{made_from['delta_version']}-{digest[:10]}"


def _count(planets: DataFrame) -> dict[str, int]:
    """training_rows and held_out_rows. NothingToLearn where they are too few, or all of one class."""
    counts = {(row["_held_out"], row[LABEL]): row["count"] for row in planets.groupBy("_held_out", LABEL).count().collect()}
    total = sum(counts.values())
    if total < LEAST_PLANETS:
        raise NothingToLearn("too few labelled planets", where=SOURCE, value=total, fix=f"{LEAST_PLANETS} are needed: wait for more")
    sizes = {}
    for held_out, side in ((None, "labelled"), (False, "training"), (True, "held-out")):
        of_side = {label: sum(n for (out, of), n in counts.items() if of == label and held_out in (None, out)) for label in (0, 1)}
        if not all(of_side.values()):
            what = f"the {side} planets are all of one class"
            raise NothingToLearn(what, where=f"{SOURCE}, {LABEL}", value=of_side, fix="wait for planets of both")
        sizes[side] = sum(of_side.values())
    return {"training_rows": sizes["training"], "held_out_rows": sizes["held-out"]}


def _learn(spark: SparkSession, lake: LakeSettings, training: DataFrame, version: str, seed: int) -> HabitabilityModel:
    """Learns, and leaves the trees in Spark's own format in the version's folder, for whoever wants to load them with Spark ML."""
    filled_with = boosted_trees.medians(training)
    learned = boosted_trees.learn(training, LABEL, filled_with, seed)
    folder = f"{models.folder_uri(lake, NAME, version)}/spark"
    learned.write().overwrite().save(folder)
    return HabitabilityModel(version, filled_with, list(learned.treeWeights), boosted_trees.kept_trees(spark, folder))


def _serve_if_good_enough(lake: LakeSettings, held_out: DataFrame, version: str, found: Metrics) -> dict[str, Any]:
    """serves, compared_version and compared_auc. What serves is judged anew, on these held-out rows: its own AUC is of others."""
    while True:
        before = models.serving(lake, NAME)
        if before is None or before.version == version:  # itself: an earlier try died after this
            compared = None
        else:
            compared = measure(held_out, LABEL, HabitabilityModel.load(lake, before.version).probability()).auc
        serves = compared is None or is_good_enough(found.auc, compared)
        outcome = {
            "serves": serves,
            "compared_version": before.version if before and compared is not None else None,
            "compared_auc": compared,
        }
        if not serves or (before and before.version == version) or models.serve(lake, NAME, version, before):
            log.info("%s: AUC %s, compared with %s of %s; serves: %s", version, found.auc, compared, outcome["compared_version"], serves)
            return outcome


def is_good_enough(auc: float, of_serving: float) -> bool:
    """Whether the AUC is at most 0.02 lower than that of the serving model; exactly 0.02 is."""
    return round(of_serving - auc, 12) <= WORSE_BY_AT_MOST


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--run-id", default="by hand", help="who trained it, for gold.model_runs")
    asked = parser.parse_args()
    lake = LakeSettings.from_environment()
    spark = spark_session("train habitability", lake)
    for name, value in train_habitability(spark, asked.seed, asked.run_id, lake=lake).items():
        print(name, value)
    spark.stop()


if __name__ == "__main__":
    main()
