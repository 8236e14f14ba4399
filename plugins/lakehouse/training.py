"""The training of models, as a task."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowSkipException

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

log = logging.getLogger(__name__)


def train_or_skip(spark: SparkSession, seed: int) -> dict[str, object]:
    """The run's row of gold.model_runs, its times as text. Skips the task, with the reason, where there is too little to learn from."""
    from include.errors import NothingToLearn
    from jobs.ml.train_habitability import train_habitability

    try:
        run = train_habitability(spark, seed, get_current_context()["run_id"])
    except NothingToLearn as reason:
        raise AirflowSkipException(str(reason)) from reason
    log.info("AUC %s, precision %s, recall %s, F1 %s", run["auc"], run["precision"], run["recall"], run["f1"])
    return {name: value if value is None or isinstance(value, bool | int | float) else str(value) for name, value in run.items()}
