"""How good predictions are, from counts alone: the same to the last digit in whatever order rows come."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

# Above it a planet counts as predicted to be colonisable, as with Spark's own classifiers.
THRESHOLD = 0.5


@dataclass(frozen=True)
class Metrics:
    """Fractions, 0 to 1. precision is null where no row is predicted to be of the class."""

    precision: float | None
    recall: float
    f1: float
    auc: float


def measure(rows: DataFrame, label: str, probability: Column) -> Metrics:
    """Of rows with both classes. auc is the area under the ROC curve: the share of pairs, one of each class, in which the one of
    the class has the higher probability; equal ones count half."""
    scored = rows.select((F.col(label) == 1).alias("_is"), probability.alias("_p"))
    positives, negatives = F.count_if("_is"), F.count_if(~F.col("_is"))
    by_probability = scored.groupBy("_p").agg(positives.alias("_pos"), negatives.alias("_neg"))
    lower = Window.orderBy("_p").rowsBetween(Window.unboundedPreceding, -1)
    ranked = by_probability.withColumn("_below", F.coalesce(F.sum("_neg").over(lower), F.lit(0)))
    predicted = F.col("_p") > THRESHOLD
    found = ranked.agg(
        F.sum(F.col("_pos") * (2 * F.col("_below") + F.col("_neg"))).alias("half_pairs"),
        F.sum("_pos").alias("positives"),
        F.sum("_neg").alias("negatives"),
        F.coalesce(F.sum(F.when(predicted, F.col("_pos"))), F.lit(0)).alias("right"),
        F.coalesce(F.sum(F.when(predicted, F.col("_neg"))), F.lit(0)).alias("wrong"),
    ).collect()[0]
    right, wrong, missed = found["right"], found["wrong"], found["positives"] - found["right"]
    return Metrics(
        precision=right / (right + wrong) if right + wrong else None,
        recall=right / found["positives"],
        f1=2 * right / (2 * right + wrong + missed),
        auc=found["half_pairs"] / (2 * found["positives"] * found["negatives"]),
    )
