"""Rows with a label → Spark ML's gradient-boosted trees, and their nodes as the scoring expression takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.ml.classification import GBTClassificationModel, GBTClassifier
from pyspark.ml.feature import VectorAssembler
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.common.habitability_model import FIELDS, Node, features

PARAMETERS: Mapping[str, Any] = {"maxIter": 20, "maxDepth": 3, "stepSize": 0.1, "maxBins": 32, "subsamplingRate": 1.0}


def medians(rows: DataFrame) -> dict[str, float]:
    """Field → its exact median; 0 for a field that no row has, which then tells nothing."""
    found = rows.agg(*[F.median(name).alias(name) for name in FIELDS]).collect()[0]
    return {name: 0.0 if found[name] is None else float(found[name]) for name in FIELDS}


def learn(rows: DataFrame, label: str, filled_with: Mapping[str, float], seed: int) -> GBTClassificationModel:
    """The trees. The same rows in the same order and partitions, and the same seed, give the same trees."""
    asked = {f"f{number}": expression for number, expression in enumerate(features(filled_with))}
    columns = rows.select(F.col(label).cast("double").alias("label"), *[F.expr(sql).alias(name) for name, sql in asked.items()])
    vectors = VectorAssembler(inputCols=list(asked), outputCol="features").transform(columns)
    return GBTClassifier(labelCol="label", featuresCol="features", seed=seed, **PARAMETERS).fit(vectors)


def kept_trees(spark: SparkSession, folder: str) -> list[Node]:
    """The trees of a model that Spark ML has saved there, in their order."""
    nodes: dict[int, dict[int, Any]] = {}
    for row in spark.read.parquet(f"{folder}/data").select("treeID", "nodeData.*").collect():
        nodes.setdefault(row["treeID"], {})[row["id"]] = row
    return [_node(nodes[tree], 0) for tree in sorted(nodes)]


def _node(of_tree: Mapping[int, Any], number: int) -> Node:
    row = of_tree[number]
    if row["leftChild"] < 0:
        return float(row["prediction"])
    threshold: Sequence[float] = row["split"]["leftCategoriesOrThreshold"]
    yes, no = _node(of_tree, row["leftChild"]), _node(of_tree, row["rightChild"])
    return [row["split"]["featureIndex"], float(threshold[0]), yes, no]
