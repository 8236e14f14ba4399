"""Metrics from counts: as Spark's own evaluators have them, and as the definition says."""

from __future__ import annotations

from random import Random

import pytest
from pyspark.ml.evaluation import BinaryClassificationEvaluator
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.ml.metrics import Metrics, measure


def scored(spark: SparkSession, *rows: tuple[int, float]) -> DataFrame:
    return spark.createDataFrame(list(rows), "label int, p double")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(1, 0.9), (0, 0.1)], Metrics(1.0, 1.0, 1.0, 1.0)),
        ([(1, 0.1), (0, 0.9)], Metrics(0.0, 0.0, 0.0, 0.0)),
        ([(1, 0.7), (0, 0.7)], Metrics(0.5, 1.0, 2 / 3, 0.5)),  # equal ones count half
        ([(1, 0.5), (0, 0.2)], Metrics(None, 0.0, 0.0, 1.0)),  # the threshold itself is not above it
        ([(1, 0.9), (1, 0.6), (1, 0.3), (0, 0.8), (0, 0.2)], Metrics(2 / 3, 2 / 3, 2 / 3, 4 / 6)),
    ],
)
def test_metrics_of_a_few_rows(spark: SparkSession, rows: list[tuple[int, float]], expected: Metrics) -> None:
    assert measure(scored(spark, *rows), "label", F.col("p")) == expected


def test_auc_is_that_of_sparks_evaluator(spark: SparkSession) -> None:
    random = Random(1)
    rows = scored(spark, *[(label, round(random.gauss(label, 1), 1) + 0.0) for label in (0, 1, 1) for _ in range(100)])
    theirs = BinaryClassificationEvaluator(rawPredictionCol="p", labelCol="label", numBins=0).evaluate(rows)
    assert measure(rows, "label", F.col("p")).auc == pytest.approx(theirs, abs=1e-12)
